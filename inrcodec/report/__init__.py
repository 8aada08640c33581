"""Reports on folders of `.inr` files: one HTML page that needs nothing but itself."""
