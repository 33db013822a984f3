"""The templates: what each is called, what it is told, and how it is rendered."""
