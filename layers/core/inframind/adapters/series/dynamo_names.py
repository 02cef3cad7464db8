"""Dictionaries of series names in the Series table: pages added under a condition, remembered by the instance."""

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from threading import Lock
from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.adapters.dynamo_many import Group, read_many
from inframind.adapters.series.dynamo_frames import partition
from inframind.errors import Unavailable
from inframind.series.dictionary import Dictionary

REMEMBERED_BYTES = 64_000_000  # of names, and what Python keeps beside each
NAME_BYTES = 150  # kept beside a name
FEW = 2  # resources from which on it pays to read and write them together
ATTEMPTS = 8  # pages that others may add meanwhile before we give up for now
PAGES, BEHIND_PAGES = "names#", "names$"  # "$" follows "#"


class DynamoNames:
    """The dictionaries of all resources, loaded when first needed.

    Several threads may ask, each for resources of its own.
    """

    def __init__(self, client: Any, table: str, most: int = 50_000) -> None:
        self._client = client
        self._table = table
        self._most = most
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

    @property
    def remembered(self) -> Sequence[str]:
        """The resources whose dictionary this instance holds, the one longest unused first."""
        return list(self._known)

    def meet(self, resources: Collection[str]) -> list[str]:
        """Takes in the first page of every dictionary that is not known yet; returns the resources that have none.

        Later pages are taken in when a name is missing: the page that would hold it is there already.
        """
        self._forget()  # what has grown since
        unknown = {one: _key(one, 0) for one in resources if one not in self._known}
        if len(unknown) < FEW:
            return []
        found = read_many(self._client, self._table, unknown)
        for resource, item in found.items():
            dictionary = Dictionary()
            if item is not None:
                dictionary.add_page(0, bytes(item["data"]["B"]))
            self._known[resource] = dictionary
        self._forget()
        return [resource for resource, item in found.items() if item is None and resource in self._known]

    def fitting(self, resource: str, missing: Sequence[bytes]) -> Sequence[bytes]:
        """As many of the missing names as the resource may still have."""
        return self.of(resource).fitting(missing, self._most)

    def first_page(self, resource: str, series: Sequence[bytes]) -> tuple[bytes, Group]:
        """The page with which a dictionary begins, and the action that puts it into the table."""
        page = self.of(resource).next_page(series)
        return page, ([{"Put": self._put(resource, 0, page)}], len(page))

    def begun(self, pages: Mapping[str, bytes]) -> None:
        """Takes in the first pages that have been put into the table."""
        for resource, page in pages.items():
            dictionary = self._known.get(resource)
            if dictionary is not None and not dictionary.names:
                dictionary.add_page(0, page)

    def reaching(self, resource: str, ordinal: int) -> Dictionary:
        """The dictionary, read again if `ordinal` is beyond what this instance knows."""
        dictionary = self.of(resource)
        if ordinal >= len(dictionary.names):
            self._load(resource, dictionary)
        return dictionary

    def add(self, resource: str, series: Sequence[bytes]) -> None:
        """Gives names an ordinal, as far as there is room.

        Who meets another writer at the same page takes in theirs and tries again.
        """
        dictionary = self.of(resource)
        for _ in range(ATTEMPTS):
            missing = dictionary.fitting(dictionary.missing(series), self._most)
            if not missing:
                return
            self._append(resource, dictionary, dictionary.next_page(missing))
        raise Unavailable("Others keep adding names to this resource.", retry_after_s=1)

    def _append(self, resource: str, dictionary: Dictionary, page: bytes) -> None:
        first = len(dictionary.names)
        with unavailable_as("The series table"):
            try:
                self._client.put_item(**self._put(resource, first, page))
            except self._client.exceptions.ConditionalCheckFailedException:
                self._load(resource, dictionary)
                return
        dictionary.add_page(first, page)

    def _put(self, resource: str, first: int, page: bytes) -> dict[str, Any]:
        item = {**_key(resource, first), "data": {"B": page}}
        return {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}

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
        self._forget()
        return dictionary

    def _forget(self) -> None:
        held = sum(map(_weight, self._known.values()))
        while held > REMEMBERED_BYTES and len(self._known) > 1:
            _, oldest = self._known.popitem(last=False)
            held -= _weight(oldest)


def _weight(dictionary: Dictionary) -> int:
    return dictionary.size + NAME_BYTES * len(dictionary.names)


def _key(resource: str, first: int) -> dict[str, dict[str, str]]:
    return {"pk": {"S": partition(resource)}, "sk": {"S": f"{PAGES}{first:010d}"}}
