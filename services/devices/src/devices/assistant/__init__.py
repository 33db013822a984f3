"""The assistant: it triages and routes, and says nothing that was not approved beforehand.

`text` reads a message, `tables` holds the reviewed expressions, `understanding` decides what a message is about.
"""
