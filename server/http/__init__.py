"""HTTP below the application: byte ranges of pictures, and requests that never become a request of the application."""
