"""Dictionaries of series names in the Series table: pages added under a condition, remembered by the instance."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.adapters.dynamo_frames import partition
from inframind.errors import Unavailable
from inframind.series.dictionary import Dictionary

REMEMBERED_NAMES = 300_000  # about 60 MB
ATTEMPTS = 8  # pages that others may add meanwhile before we give up for now
PAGES, BEHIND_PAGES = "names#", "names$"  # "$" follows "#"


class DynamoNames:
    """The dictionaries of all resources, loaded when first needed.

    Several threads may ask, each for resources of its own.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table
        self._known: OrderedDict[str, Dictionary] = OrderedDict()
        self._lock = Lock()

    def of(self, resource: str) -> Dictionary:
        """The dictionary as far as this instance knows it."""
        with self._lock:
            dictionary = self._known.get(resource)
            if dictionary is not None:
                self._known.move_to_end(resource)
                return dictionary
        dictionary = Dictionary()
        self._load(resource, dictionary)
        with self._lock:
            return self._remembered(resource, dictionary)

    def reaching(self, resource: str, ordinal: int) -> Dictionary:
        """The dictionary, read again if `ordinal` is beyond what this instance knows."""
        dictionary = self.of(resource)
        if ordinal >= len(dictionary.names):
            self._load(resource, dictionary)
        return dictionary

    def add(self, resource: str, series: Sequence[bytes]) -> None:
        """Gives every name an ordinal. Who meets another writer at the same page takes in theirs and tries again."""
        dictionary = self.of(resource)
        for _ in range(ATTEMPTS):
            missing = dictionary.missing(series)
            if not missing:
                return
            self._append(resource, dictionary, dictionary.next_page(missing))
        raise Unavailable("Others keep adding names to this resource.", retry_after_s=1)

    def _append(self, resource: str, dictionary: Dictionary, page: bytes) -> None:
        first = len(dictionary.names)
        key = {"pk": {"S": partition(resource)}, "sk": {"S": f"{PAGES}{first:010d}"}}
        with unavailable_as("The series table"):
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item={**key, "data": {"B": page}},
                    ConditionExpression="attribute_not_exists(pk)",
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                self._load(resource, dictionary)
                return
        dictionary.add_page(first, page)

    def _load(self, resource: str, dictionary: Dictionary) -> None:
        since = f"{PAGES}{len(dictionary.names):010d}"
        with unavailable_as("The series table"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="pk = :pk AND sk BETWEEN :since AND :behind",
                ExpressionAttributeValues={
                    ":pk": {"S": partition(resource)},
                    ":since": {"S": since},
                    ":behind": {"S": BEHIND_PAGES},
                },
                ConsistentRead=True,
            )
            for page in pages:
                for item in page["Items"]:
                    dictionary.add_page(int(item["sk"]["S"].removeprefix(PAGES)), bytes(item["data"]["B"]))

    def _remembered(self, resource: str, dictionary: Dictionary) -> Dictionary:
        self._known[resource] = dictionary
        held = sum(len(one.names) for one in self._known.values())
        while held > REMEMBERED_NAMES and len(self._known) > 1:
            _, oldest = self._known.popitem(last=False)
            held -= len(oldest.names)
        return dictionary
