"""The note that goes with a delivery: made when it is scheduled, once, and signed at the door.

Signed and scanned it comes back as the DELIVERY_PROOF; until then it proves nothing and is none.
"""
