"""Processes are killed at random moments, again and again; at the end every row is accounted for."""

from __future__ import annotations

import random
import time

from tests.batch_crash.accounts import Client, at_most_a_piece, cards, check_accounts, check_pictures, rendered_again

ROWS = 300


def test_every_row_is_accounted_for(any_client: Client, draw: random.Random, rounds: int) -> None:
    client, deployment = any_client, any_client.deployment
    victims = draw.sample(sorted(deployment.kills), len(deployment.kills))
    submitted, killed = {}, []
    batch = ""
    for number in range(rounds):
        if not batch or client.job(batch)["status"] == "completed":
            rows = cards(f"round {number}", ROWS)
            batch = client.submit(rows, checks={"duplicates": True})
            submitted[batch] = rows
        time.sleep(draw.uniform(0.1, 1.5))
        victim = victims[number % len(victims)]
        counts = client.job(batch)["counts"]
        deployment.kills[victim]()
        killed.append(f"{victim} after {counts['succeeded']} rows of batch {len(submitted)}")
    jobs = [client.ended(each) for each in submitted]
    assert {job["outcome"] for job in jobs} == {"succeeded"}, (killed, jobs)
    for each, rows in submitted.items():
        check_pictures(client, check_accounts(client, each, rows))
    assert rendered_again(deployment) <= at_most_a_piece(rounds), killed
    print(f"{rendered_again(deployment)} renders made again after: {'; '.join(killed)}")
