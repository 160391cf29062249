"""Random alerts, for the laws that what is written reads back equal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from tomoshibi.bulletins.atom import Entry, Feed
from tomoshibi.bulletins.cap import Alert, Circle, Info, Place, Point, Reference, Resource, model

# every letter that XML 1.0 can hold, line breaks and the odd corners among them
_letters = st.characters(
    exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff", include_characters="\n\t\r"
) | st.sampled_from("&<>\"'=:\\ ■［］\u3000𠮷\u0085\u2028")
texts = st.text(_letters, max_size=30)
words = st.text(st.characters(categories=("L", "N")) | st.sampled_from("-_.@:/"), min_size=1, max_size=20)
addresses = st.text(st.characters(categories=("L", "N")) | st.just(" "), min_size=1).filter(lambda t: t == t.strip())
moments = st.builds(
    lambda base, minutes: base.replace(tzinfo=timezone(timedelta(minutes=minutes))),
    st.datetimes(datetime(1900, 1, 3), datetime(2190, 1, 1)).map(lambda d: d.replace(microsecond=0)),  # noqa: DTZ001
    st.integers(-14 * 60, 14 * 60),
) | st.datetimes(datetime(1900, 1, 3), datetime(2190, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda d: d.replace(microsecond=0)
)
degrees = st.integers(-900_000_000, 900_000_000).map(lambda n: n / 10**7)
points = st.builds(Point, degrees, degrees)
pairs = st.lists(st.tuples(texts, texts), max_size=2).map(tuple)
heights = st.none() | st.integers(-1000, 60000).map(float)


def some(each: st.SearchStrategy, most: int = 2) -> st.SearchStrategy:
    return st.lists(each, max_size=most).map(tuple)


places = st.builds(
    Place,
    description=texts,
    polygons=some(st.lists(points, min_size=1, max_size=6).map(tuple)),
    circles=some(st.builds(Circle, degrees, degrees, st.integers(0, 10**9).map(lambda n: n / 1000))),
    geocodes=pairs,
    altitude=heights,
    ceiling=heights,
)
resources = st.builds(
    Resource,
    description=texts,
    mime_type=texts,
    size=st.none() | st.integers(0, 10**12),
    uri=texts,
    deref_uri=texts,
    digest=texts,
)
infos = st.builds(
    Info,
    event=texts,
    language=st.sampled_from(["", "ja", "en-US"]),
    categories=some(st.sampled_from(model.CATEGORIES)),
    response_types=some(st.sampled_from(model.RESPONSES)),
    urgency=st.sampled_from(model.URGENCIES),
    severity=st.sampled_from(model.SEVERITIES),
    certainty=st.sampled_from(model.CERTAINTIES),
    audience=texts,
    event_codes=pairs,
    effective=st.none() | moments,
    onset=st.none() | moments,
    expires=st.none() | moments,
    sender_name=texts,
    headline=texts,
    description=texts,
    instruction=texts,
    web=texts,
    contact=texts,
    parameters=pairs,
    resources=some(resources, 1),
    areas=some(places),
)
alerts = st.builds(
    Alert,
    identifier=words,
    sender=words,
    sent=moments,
    status=st.sampled_from(model.STATUSES),
    msg_type=st.sampled_from(model.MSG_TYPES),
    scope=st.sampled_from(model.SCOPES),
    source=texts,
    restriction=texts,
    addresses=some(addresses),
    codes=some(texts),
    note=texts,
    references=some(st.builds(Reference, words, words, words)),
    incidents=some(addresses),
    infos=some(infos),
)
entries = st.builds(
    Entry, id=words, title=texts, updated=moments, link=words, link_type=words, author=texts, summary=texts
)
feeds = st.builds(Feed, id=words, title=texts, updated=moments, author=texts, link=words, entries=some(entries, 3))
