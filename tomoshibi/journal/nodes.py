"""Nodes: who keeps which chain, and the keys that sign their heads.

A node's id is the fingerprint of its Ed25519 public key, so that a signature proves whose chain it is without asking
anybody. Its first letter says the world (``n`` real, ``t`` training) and is covered by every hash: a training chain
can never pass for a real one. A restored or copied node takes a new key, and so a new id.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.db import transaction

from tomoshibi.journal import sql, worlds
from tomoshibi.journal.entries import moment

#: every zone that a town's networks are separated into (三層分離), and the common one
ZONES = ("town", "resident", "lgwan", "internet")


@dataclass(frozen=True)
class Identity:
    """This node in this world."""

    node: str
    name: str
    zones: tuple[str, ...]
    private_key: str

    def sign(self, zone: str, seq: int, hash: str) -> str:
        """Signature over the head of our chain in ``zone``."""
        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.private_key))
        return key.sign(head_text(self.node, zone, seq, hash)).hex()

    @property
    def public_key(self) -> str:
        """Our public key as hex."""
        return _public(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.private_key)))


def _public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def head_text(node: str, zone: str, seq: int, hash: str) -> bytes:
    """What is signed of a chain's head."""
    return f"tomoshibi-head-1\n{node}\n{zone}\n{seq}\n{hash}".encode()


def node_id(public_key: str, training: bool) -> str:
    """The id that belongs to a public key (hex): world letter and 80 bits of its SHA-256."""
    fingerprint = base64.b32encode(sha256(bytes.fromhex(public_key)).digest()[:10]).decode().lower()
    return ("t" if training else "n") + fingerprint


def signed_by(node: str, public_key: str, zone: str, seq: int, hash: str, signature: str) -> bool:
    """Whether ``node``, whose key this must be, signed that head."""
    try:
        if node_id(public_key, node.startswith("t")) != node:
            return False
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), head_text(node, zone, seq, hash))
    except (ValueError, InvalidSignature):
        return False
    return True


def identity() -> Identity:
    """This node in the world that we are in. Raises :class:`LookupError` where :func:`found` was never called."""
    with sql.cursor() as cursor:
        cursor.execute(
            "SELECT s.node, n.name, s.zones, s.private_key FROM journal_self s JOIN journal_node n ON n.id = s.node"
        )
        row = cursor.fetchone()
    if row is None:
        raise LookupError(f"the world {worlds.world()} has no node yet")
    return Identity(row[0], row[1], tuple(json.loads(row[2])), row[3])


def found(name: str, zones: tuple[str, ...] | None = ZONES, *, anew: bool = False) -> Identity:
    """Make this node's identity in the world that we are in, if it has none; ``anew`` replaces it (restore, copy).

    The old id's chains stay as those of a node that we know, ending at heads that its key signs before it goes. Then
    an empty ``name`` and zones of None mean those of the old id.
    """
    with transaction.atomic(using=worlds.world()), sql.cursor() as cursor:
        cursor.execute("SELECT node, clock FROM journal_self" + sql.for_update())
        row = cursor.fetchone()
        if row is not None and not anew:
            return identity()
        key = Ed25519PrivateKey.generate()
        node = node_id(_public(key), worlds.is_training())
        values = [node, key.private_bytes_raw().hex()]
        if row is None:
            cursor.execute("SELECT max(clock) FROM journal_chain")  # of a restored journal
            clock = cursor.fetchone()[0] or 0
            cursor.execute(
                "INSERT INTO journal_self (one, node, private_key, zones, clock) VALUES (1, %s, %s, %s, %s)",
                [*values, json.dumps(zones or ZONES), clock],
            )
        else:
            old = identity()
            cursor.execute("SELECT zone, seq, hash, clock FROM journal_chain WHERE node = %s", [old.node])
            heads = cursor.fetchall()
            for zone, seq, hash, _ in heads:
                cursor.execute(
                    "UPDATE journal_chain SET signature = %s WHERE node = %s AND zone = %s",
                    [old.sign(zone, seq, hash), old.node, zone],
                )
            cursor.execute(
                "UPDATE journal_self SET node = %s, private_key = %s, zones = %s, clock = %s",
                [*values, json.dumps(zones or old.zones), max(row[1], *(head[3] for head in heads), 0)],
            )
            name = name or old.name
        meet(node, name, _public(key))
    return identity()


def meet(node: str, name: str, public_key: str) -> None:
    """Keep a node's name and key."""
    with sql.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_node (id, name, public_key, first_seen) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (id) DO UPDATE SET name = excluded.name",
            [node, name, public_key, moment(worlds.now())],
        )
