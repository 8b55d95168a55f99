"""What came of a job, as files: tables, JSON, rows to mend, and archives of pictures."""
