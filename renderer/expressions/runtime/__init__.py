"""What expressions compute with: values, numbers, comparison, printing and scopes."""
