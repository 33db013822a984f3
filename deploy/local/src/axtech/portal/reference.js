// Shows the document that the element names. Calls can be tried with an access token: "Authorize".
const element = document.getElementById("reference");
SwaggerUIBundle({
  domNode: element,
  url: element.dataset.document,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
