"""The main job, told as a story through the gateway: one wheelchair file from registration to a repaired chair."""
