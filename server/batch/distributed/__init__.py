"""Batches on more than one machine: PostgreSQL has the truth, Redis is a doorbell, and Celery carries its ringing.

A message says no more than “there is work”. Which work, the ledger decides when a worker asks for it; so a message
that is lost, doubled or late costs a moment and nothing else, and Redis need not keep anything.

    server:  EmbeddedEngine (reads uploads) + Bell ─ Doorbell ─▶ Redis ─▶ Celery's threads ─ WorkRoom ─ ledger :worker

broker, messages, complaints ← doorbell ← engine;   broker, messages, complaints ← agreement ← room ← process
"""
