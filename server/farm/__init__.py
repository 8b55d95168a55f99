"""The render farm: processes that do CPU work for the event loop, bounded in number, time, memory and queue.

    errors ← wire ← worker                      what runs in the child
    errors ← wire ← process ← dispatcher        what runs in the server, with `jobs` (the queue) and `stats` beside it

Deliberately imports nothing: every child imports this package first, and its start-up time is the server's.
"""
