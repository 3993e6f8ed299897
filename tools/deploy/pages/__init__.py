"""The pages of a service (`pages` in its metadata.yaml): built by Vite, uploaded to the bucket behind its CDN."""
