"""Pictures of products: uploads, derived pictures, and the CDN that serves them."""
