"""What a patient may ask by the RGPD: all that is kept of them (article 15), and to be forgotten (article 17)."""
