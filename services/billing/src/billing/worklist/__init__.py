"""The worklist of billing staff: claims by the work to be done on them."""
