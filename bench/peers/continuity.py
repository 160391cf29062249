"""The recovery model of ``tomoshibi.continuity.forecast`` as processes of SimPy: the JSON of a model, runs, a seed.

Its last line is JSON: seconds for all runs, and for each node that is asked for the hours until it was up, run by run.
"""

import json
import random
import sys
import time

import simpy

MODEL = json.loads(sys.stdin.read())
RUNS, SEED = int(sys.argv[1]), int(sys.argv[2])
WANTED = sys.argv[3:]
#: events of SimPy at one moment go by priority: ours come after what happens at that moment, by order of work
AFTER = 2


def span(chance: random.Random, hours: list[float]) -> float:
    least, likely, most = hours
    return chance.triangular(least, most, likely) if most > least else least


def last(env: simpy.Environment, priority: int) -> simpy.Event:
    """An event of this moment, after those of smaller priority."""
    event = env.event()
    event._ok, event._value = True, None
    env.schedule(event, priority=priority)
    return event


def recovery(chance: random.Random) -> dict[str, float]:
    env = simpy.Environment()
    nodes = MODEL["nodes"]
    up = {key: env.event() for key in nodes}
    came: dict[str, float] = {}
    crews = {name: simpy.PriorityResource(env, crew["size"]) for name, crew in MODEL["crews"].items()}
    arrived = {name: env.timeout(span(chance, crew["arrival"])) for name, crew in MODEL["crews"].items()}
    works = {work["node"]: (rank, work) for rank, work in enumerate(MODEL["works"]) if chance.random() < work["chance"]}
    beside: dict[str, list[tuple[str, str]]] = {key: [] for key in nodes}
    for key, node in nodes.items():
        if node["ends"]:
            a, b = node["ends"]
            beside[a].append((key, b))
            beside[b].append((key, a))

    def needs(key: str) -> simpy.Event:
        node = nodes[key]
        found = [env.any_of([up[m] for m in group]) for group in node["needs"]]
        if beside[key] and not node["hub"]:
            found.append(env.any_of([up[link] & up[joint] for link, joint in beside[key]]))
        return env.all_of(found)

    def mend(rank: int, work: dict, met: simpy.Event):
        yield env.timeout(span(chance, work["parts"]))
        if work["waits"]:
            yield met
        if not work["crew"]:
            yield env.timeout(span(chance, work["hours"]))
            return
        yield arrived[work["crew"]]
        yield last(env, AFTER + rank)
        turn = crews[work["crew"]].request(priority=rank)
        yield turn
        yield env.timeout(span(chance, work["hours"]))
        env.process(free(work["crew"], turn))

    def free(crew: str, turn: simpy.Event):
        yield last(env, AFTER + len(MODEL["works"]))  # when everything of this moment has asked for a hand
        crews[crew].release(turn)

    def live(key: str):
        met = needs(key)
        if key in works:
            yield env.process(mend(*works[key], met))
        yield met
        if env.now > 0 or key in works:
            yield env.timeout(nodes[key]["start_up"])
        came[key] = env.now
        up[key].succeed()

    for key in nodes:
        env.process(live(key))
    env.run()
    return came


chance = random.Random(SEED)
start = time.perf_counter()
found = [recovery(chance) for _ in range(RUNS)]
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "up": {key: [run.get(key, 1e9) for run in found] for key in WANTED}}))
