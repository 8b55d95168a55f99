"""Reading, compiling and expanding templates."""
