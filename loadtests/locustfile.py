"""Three jobs as locust users: crawlers after a link was shared, a mail that is opened, a flood of forged URLs.

`python -m loadtests scenarios` runs them against an origin and an nginx of its own. By hand, against a server on this
machine:

    SIGNET_LOAD_PATHS=paths.json locust -f loadtests/locustfile.py --host http://127.0.0.1:8080 CrawlUser

The file of paths has a list of signed paths for each class.
"""

from __future__ import annotations

import itertools
import json
import os
import random
from pathlib import Path
from urllib.parse import urlsplit

from locust import FastHttpUser, constant, events, task
from locust.env import Environment

PATHS: dict[str, list[str]] = json.loads(Path(os.environ["SIGNET_LOAD_PATHS"]).read_text())
CRAWLERS = (
    {"User-Agent": "facebookexternalhit/1.1", "Range": "bytes=0-524288"},
    {"User-Agent": "Twitterbot/1.0"},
    {"User-Agent": "LinkedInBot/1.0"},
    {"User-Agent": "Slackbot-LinkExpanding 1.0"},
    {"User-Agent": "Mozilla/5.0 (compatible; Discordbot/2.0)"},
)
SPELLINGS = ("{}", "{}&utm_source=feed", "{}&fbclid=IwAR0", "{}&amp;utm_medium=social")
ZIPF = 1.1  # exponent: a few readers' mails are opened again and again, most once


@events.init.add_listener  # type: ignore[untyped-decorator]
def only_this_machine(environment: Environment, **_: object) -> None:
    """Load is for servers of this machine only."""
    host = urlsplit(environment.host or "").hostname
    if host not in ("127.0.0.1", "localhost", "::1"):
        raise SystemExit("only servers on this machine are put under load")


class CrawlUser(FastHttpUser):
    """Every page is shared once and fetched by several crawlers, each with a spelling of its own."""

    wait_time = constant(0)

    def on_start(self) -> None:
        """Begin anywhere, differently for each user."""
        self.chance = random.Random(id(self) % 1000)
        start = self.chance.randrange(len(PATHS["CrawlUser"]))
        paths = PATHS["CrawlUser"]
        self.paths = itertools.cycle(paths[start:] + paths[:start])

    @task
    def fetch(self) -> None:
        """One crawler fetches one picture."""
        path = self.chance.choice(SPELLINGS).format(next(self.paths))
        self.client.get(path, headers=self.chance.choice(CRAWLERS), name="crawl")


class BlastUser(FastHttpUser):
    """A mail with a picture of its own for each of a thousand readers is opened, by some many times."""

    wait_time = constant(0)

    def on_start(self) -> None:
        """The weights of Zipf's law."""
        self.chance = random.Random(id(self) % 1000)
        self.weights = list(itertools.accumulate(1 / (rank + 1) ** ZIPF for rank in range(len(PATHS["BlastUser"]))))

    @task
    def open_mail(self) -> None:
        """One reader opens the mail."""
        (path,) = self.chance.choices(PATHS["BlastUser"], cum_weights=self.weights)
        self.client.get(path, headers={"User-Agent": "Mozilla/5.0"}, name="mail")


class FloodUser(FastHttpUser):
    """Somebody guesses signatures."""

    wait_time = constant(0)

    @task
    def forge(self) -> None:
        """One guess, which must be refused."""
        path = f"{random.choice(PATHS['FloodUser'])[:-8]}{random.getrandbits(32):08x}"
        with self.client.get(path, name="forged", catch_response=True) as answer:
            if answer.status_code == 403:
                answer.success()
            else:
                answer.failure(f"a forged URL was answered {answer.status_code}")
