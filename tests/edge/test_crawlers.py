"""Link previews and mail programs, as they ask, through nginx: every one gets the picture, and it is drawn once."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.robotparser import RobotFileParser

import pytest
from click.testing import CliRunner
from PIL import Image

from server.cli import main
from server.keys import SIGNING_KEYS_FILE
from tests.edge.servers import Edge, running_nginx
from tests.http.messages import Asked, exchange
from tests.server.live_server import Answer, LiveServer, live_server

TITLE = "Größe | “Tea & Coffee”, 100 % – déjà vu"
WHATSAPP_BYTES = 300_000
DIRECT = (200, 206)

Mangle = Callable[[str], str]


def as_signed(path: str) -> str:
    return path


def amp(path: str) -> str:
    return path.replace("&", "&amp;")


def lower_case(path: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda escape: escape[0].lower(), path)


def as_a_browser_types_it(path: str) -> str:
    """The URL standard leaves these bare in a query."""
    for character in "|'{}[]^`":
        path = path.replace(f"%{ord(character):02X}", character)
    return path


def plus(path: str) -> str:
    return path.replace("%20", "+")


def reordered(path: str) -> str:
    target, _, query = path.partition("?")
    return f"{target}?{'&'.join(reversed(query.split('&')))}"


def raw_utf8(path: str) -> str:
    return re.sub(r"(?:%[89A-F][0-9A-F])+", lambda run: unquote(run[0]), path)


def tracked(parameters: str) -> Mangle:
    return lambda path: f"{path}&{parameters}"


@dataclass(frozen=True, slots=True)
class Consumer:
    """Who asks, how it spells the URL, and which headers it sends beside its name."""

    name: str
    agent: str
    mangle: Mangle = as_signed
    headers: Mapping[str, str] = field(default_factory=lambda: {"Accept": "*/*", "Accept-Encoding": "gzip, deflate"})
    method: str = "GET"


BROWSER = {"Accept": "image/avif,image/webp,image/apng,image/*,*/*;q=0.8", "Accept-Encoding": "gzip, deflate, br"}
CONSUMERS = [
    Consumer(
        "Facebook",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        headers={"Accept": "*/*", "Accept-Encoding": "deflate, gzip", "Range": "bytes=0-524288"},
    ),
    Consumer("Facebook, shared link", "facebookexternalhit/1.1", tracked("fbclid=IwAR0abc")),
    Consumer("Messages on iPhones", "Mozilla/5.0 (Macintosh) facebookexternalhit/1.1 Facebot Twitterbot/1.0"),
    Consumer("X", "Twitterbot/1.0", headers={"Accept": "*/*", "Accept-Encoding": "gzip, deflate, br"}),
    Consumer("X, HEAD", "Twitterbot/1.0", method="HEAD"),
    Consumer("LinkedIn", "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)", amp),
    Consumer("LinkedIn, twice", "LinkedInBot/1.0", lambda path: path.replace("&", "&amp;amp;")),
    Consumer("Slack", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"),
    Consumer("Slack, first bytes", "Slackbot-LinkExpanding 1.0", headers={"Range": "bytes=0-32768", "Accept": "*/*"}),
    Consumer("Slack's images", "Slack-ImgProxy (+https://api.slack.com/robots)"),
    Consumer("Discord", "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)"),
    Consumer("WhatsApp", "WhatsApp/2.23.20.0 A", headers={"Accept-Encoding": "identity"}),
    Consumer("Telegram", "TelegramBot (like TwitterBot)", plus),
    Consumer("Mastodon", "http.rb/5.1.1 (Mastodon/4.2.0; +https://mastodon.social/) Bot", reordered),
    Consumer("Gmail", "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"),
    Consumer("Gmail, from a list", "Mozilla/5.0 (via ggpht.com GoogleImageProxy)", tracked("mc_cid=1&mc_eid=2")),
    Consumer("Yahoo", "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", lower_case),
    Consumer("Outlook", "Mozilla/4.0 (compatible; ms-office; MSOffice 16)", as_a_browser_types_it),
    Consumer("Outlook, HEAD", "Microsoft Office/16.0 (Microsoft Outlook 16.0)", method="HEAD"),
    Consumer("Apple Mail", "Mozilla/5.0", headers=BROWSER),
    Consumer("A browser", "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0", as_a_browser_types_it, BROWSER),
    Consumer(
        "A browser with cookies", "Mozilla/5.0", headers=BROWSER | {"Cookie": "a=b", "Authorization": "Basic eDp5"}
    ),
    Consumer("Thunderbird", "Mozilla/5.0 (X11) Thunderbird/128.0", raw_utf8),
    Consumer("Bing", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", tracked("msclkid=1")),
    Consumer("Pinterest", "Mozilla/5.0 (compatible; Pinterestbot/1.0)", tracked("utm_source=pinterest&epik=dj0y")),
    Consumer("Googlebot", "Googlebot-Image/1.0", tracked("utm_source=a&utm_medium=b&gclid=1")),
]


@dataclass
class Site:
    """An origin of the gallery's templates with nginx in front."""

    origin: LiveServer
    edge: Edge

    def ask(self, consumer: Consumer, path: str) -> Answer:
        """One request as the consumer sends it; redirects would be seen, nothing is decoded or retried."""
        headers = {"User-Agent": consumer.agent} | dict(consumer.headers)
        message = exchange(self.edge.base_url, Asked(consumer.mangle(path), consumer.method, headers))
        pairs = [(name.lower(), value) for name, value in message.headers]
        return Answer(message.status, dict(pairs), message.body, tuple(name for name, _ in pairs))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("crawled")
    with (
        live_server(folder / "data") as origin,
        running_nginx(urlsplit(origin.url).netloc, folder / "edge") as edge,
    ):
        yield Site(origin, edge)


@pytest.fixture(scope="module")
def gated(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same origin behind an nginx that verifies signatures itself, and so knows all spellings of a picture."""
    keys = json.loads((site.origin.settings.data_dir / SIGNING_KEYS_FILE).read_text())["keys"]
    with running_nginx(
        urlsplit(site.origin.url).netloc, tmp_path_factory.mktemp("gated"), keys=[key["secret"] for key in keys]
    ) as edge:
        yield Site(site.origin, edge)


@pytest.fixture(scope="module")
def path(site: Site) -> str:
    return site.origin.path("article", "png", title=TITLE, author="Ada", tags=["one", "two"])


def require_picture(answer: Answer, size: tuple[int, int] = (1200, 630)) -> None:
    assert answer.status in DIRECT, answer.body[:300]
    assert not {"location", "set-cookie", "vary", "content-encoding"} & set(answer.names)
    with Image.open(io.BytesIO(answer.body)) as picture:
        picture.load()
        assert picture.size == size
        assert answer.headers["content-type"] == f"image/{(picture.format or '').lower()}"


@pytest.mark.parametrize("consumer", CONSUMERS, ids=lambda consumer: consumer.name)
def test_everybody_gets_the_picture(site: Site, path: str, consumer: Consumer) -> None:
    answer = site.ask(consumer, path)
    if consumer.method == "HEAD":
        assert (answer.status, answer.body) == (200, b"")
        assert int(answer.headers["content-length"]) == len(site.origin.ask(path).body)
    elif answer.headers.get("content-range", "").startswith("bytes 0-32768/"):
        assert site.origin.ask(path).body.startswith(answer.body)
    else:
        require_picture(answer)
        assert answer.body == site.origin.ask(path).body


def test_all_of_them_together_are_one_render(site: Site) -> None:
    path = site.origin.path("article", "png", title=f"{TITLE}!", author="Ada")
    metrics = site.origin.services.metrics
    renders = metrics.renders
    tags = {site.ask(consumer, path).headers["etag"] for consumer in CONSUMERS}
    assert len(tags) == 1
    assert metrics.renders == renders + 1


def test_behind_the_gate_all_of_them_together_are_one_request(gated: Site) -> None:
    path = gated.origin.path("article", "png", title=f"{TITLE}?", author="Ada")
    metrics = gated.origin.services.metrics
    before = metrics.image_requests
    for consumer in CONSUMERS:
        answer = gated.ask(consumer, path)
        assert answer.status in DIRECT, consumer.name
    assert metrics.image_requests == before + 1


def test_facebook_gets_all_of_it_in_one_part(site: Site, path: str) -> None:
    answer = site.ask(CONSUMERS[0], path)
    whole = site.origin.ask(path).body
    assert (answer.status, answer.body) == (206, whole)
    assert answer.headers["content-range"] == f"bytes 0-{len(whole) - 1}/{len(whole)}"


@pytest.mark.parametrize("extension", ["png", "jpg"])
def test_the_picture_of_a_preview_is_small_enough_for_whatsapp(site: Site, extension: str) -> None:
    path = site.origin.path("article", extension, title=TITLE, author="Ada")
    whatsapp = next(consumer for consumer in CONSUMERS if consumer.name == "WhatsApp")
    answer = site.ask(whatsapp, path)
    require_picture(answer)
    assert len(answer.body) < WHATSAPP_BYTES


def test_a_mail_has_no_cookie_to_set_and_nothing_to_follow(site: Site, path: str) -> None:
    for consumer in CONSUMERS:
        answer = site.ask(consumer, path)
        assert not {"location", "set-cookie", "vary"} & set(answer.names), consumer.name


def test_crawlers_that_ask_first_are_let_in(site: Site, path: str) -> None:
    asked = site.ask(Consumer("robots", "Twitterbot/1.0"), "/robots.txt")
    rules = RobotFileParser()
    rules.parse(asked.body.decode().splitlines())
    for consumer in CONSUMERS:
        agent = re.sub(r"^Mozilla/\S+ \((?:compatible; )?", "", consumer.agent).partition("/")[0]
        assert rules.can_fetch(agent, f"https://img.example.com{path}"), agent
        assert not rules.can_fetch(agent, "https://img.example.com/v1/templates"), agent


class _Head(HTMLParser):
    """The meta tags of a page, as a parser of HTML decodes them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        name = attributes.get("property") or attributes.get("name")
        if tag == "meta" and name:
            self.tags[name] = attributes.get("content") or ""


@pytest.fixture(scope="module")
def page(site: Site) -> str:
    """A page with the tags that the command line prints."""
    data_dir: Path = site.origin.settings.data_dir
    environment = {"SIGNET_DATA_DIR": str(data_dir), "SIGNET_PUBLIC_URL": site.edge.base_url}
    printed = CliRunner().invoke(main, ["sign", "article", f"title={TITLE}", "author=Ada", "--html"], env=environment)
    assert printed.exit_code == 0, printed.output
    return f"<!doctype html><html><head><title>Page</title>\n{printed.stdout}</head><body></body></html>"


def test_a_page_with_the_printed_tags_has_a_preview(site: Site, page: str) -> None:
    head = _Head()
    head.feed(page)
    assert head.tags["twitter:card"] == "summary_large_image"
    size = int(head.tags["og:image:width"]), int(head.tags["og:image:height"])
    for name in ("og:image", "twitter:image"):
        address = urlsplit(head.tags[name])
        assert f"{address.scheme}://{address.netloc}" == site.edge.base_url
        answer = site.ask(CONSUMERS[0], f"{address.path}?{address.query}")
        require_picture(answer, size)
        assert answer.headers["content-type"] == head.tags["og:image:type"]


def test_a_crawler_that_does_not_read_html_well_gets_the_same(site: Site, page: str) -> None:
    found = re.search(r'property="og:image" content="([^"]+)"', page)
    assert found is not None
    assert "&amp;" in found[1]
    address = urlsplit(found[1])
    head = _Head()
    head.feed(page)
    read = urlsplit(head.tags["og:image"])
    naive, careful = (site.ask(CONSUMERS[3], f"{each.path}?{each.query}") for each in (address, read))
    require_picture(naive)
    assert naive.body == careful.body
