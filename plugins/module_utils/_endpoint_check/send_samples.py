# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Sample sessions: sent as Dynatrace sends them, the response judged as Dynatrace judges it, and deleted again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from . import endpoints
from .elasticsearch import ElasticsearchClient, IndexState, read_index
from .findings import CheckAborted, Findings
from .http import EndpointClient, NoResponse, Response, add_refusal
from .index_checks import Baseline
from .sample_sessions import deletions_of, documents_of, sample_sessions

# From a gateway, which does not know whether the endpoint behind it has stored what it got.
_LOST = (502, 504)


@dataclass
class Sender:
    """Sends sample sessions to one endpoint.

    :param baseline: the index before, on Elasticsearch.
    """

    client: EndpointClient
    baseline: Baseline | None
    sessions: list[dict[str, Any]] = field(default_factory=sample_sessions)

    def __post_init__(self) -> None:
        self.endpoint, self.findings = self.client.endpoint, self.client.findings

    def send(self) -> bool:
        """Send samples; on Elasticsearch delete them again.

        :returns: whether something of them stays at the endpoint, as far as that is known.
        """
        sent = self._send()
        self.findings.facts["samples"] = {"sent": len(self.sessions), "deleted": 0 if sent else len(self.sessions)}
        if not isinstance(self.client, ElasticsearchClient) or self.baseline is None:
            return sent
        return self._mapping_changed(self.client, self.baseline) or sent

    def _send(self) -> bool:
        endpoint, findings = self.endpoint, self.findings
        try:
            response = self.client.send_documents(documents_of(endpoint, self.sessions))
        except NoResponse:
            if endpoint.index is None or not self._delete():
                findings.add("outcome_unknown", endpoints.URL, "sample sessions were sent, but there was no response")
                return True
            return False
        except CheckAborted:
            return False
        if response.status != 200:
            add_refusal(response, endpoint.method, findings)
            if not 200 < response.status < 300 and response.status not in _LOST:
                return False
            if endpoint.index is not None:
                return not self._delete()
            if response.status in _LOST:
                findings.add("outcome_unknown", endpoints.URL, "a gateway got no response to the sample sessions")
            else:
                self._add_retained()
            return True
        if endpoint.index is None:
            text = f"{len(self.sessions)} sample sessions were accepted by {endpoint.method}"
            findings.add("accepted", endpoints.URL, text)
            self._add_retained()
            return True
        return self._judge_items(response) and not self._delete()

    def _add_retained(self) -> None:
        text = f"{len(self.sessions)} sample sessions stay at the endpoint; their tenantId is ansible-sample"
        self.findings.add("samples_retained", endpoints.URL, text)

    def _judge_items(self, response: Response) -> bool:
        """Judge the response to a bulk item by item; whether anything may be stored."""
        endpoint, findings, count = self.endpoint, self.findings, len(self.sessions)
        items = response.bulk_items
        if items is None or len(items) != count:
            text = f"the response to {count} sessions does not contain a result for each session"
            findings.add("bulk_answer_unreadable", endpoints.URL, text)
            return True
        refused = [item for item in items if not 200 <= _status(item) < 300]
        for reason, times in Counter(map(_reason, refused)).items():
            text = f"{times} of {count} sample sessions were rejected: {reason}"
            findings.add("items_refused", endpoints.INDEX, text)
        if not refused:
            text = f"{count} sample sessions were accepted by {endpoint.method}, each of them"
            findings.add("accepted", endpoints.URL, text)
        return len(refused) < count

    def _delete(self) -> bool:
        """Delete the samples; whether none of them is left."""
        endpoint, findings, count = self.endpoint, self.findings, len(self.sessions)
        # A failure to delete is one finding, whatever the reason.
        client = replace(self.client, findings=Findings(endpoint, findings.secrets))
        try:
            items = client.send_documents(deletions_of(endpoint, self.sessions)).bulk_items
        except CheckAborted:
            items = None
        # 404: it does not exist, which is as good.
        left = count if items is None else sum(_status(item) not in (200, 404) for item in items)
        if left:
            text = f"{left} sample sessions could not be deleted from the index {endpoint.index}"
            findings.add("samples_not_deleted", endpoints.INDEX, text)
            return False
        text = f"the sample sessions were deleted from the index {endpoint.index}"
        findings.add("samples_deleted", endpoints.INDEX, text)
        return True

    def _mapping_changed(self, client: ElasticsearchClient, baseline: Baseline) -> bool:
        """Whether the samples have left fields in the index, against all expectations."""
        try:
            state = read_index(client, baseline.name)
        except CheckAborted:
            return False
        if not isinstance(state, IndexState) or state.mapping == baseline.mapping:
            return False
        text = f"the mapping of the index {baseline.name} differs from the mapping before the sample sessions"
        self.findings.add("samples_changed_mapping", endpoints.INDEX, text)
        return True


def _status(item: Mapping[str, Any]) -> int:
    status = item.get("status")
    return status if isinstance(status, int) else 0


def _reason(item: Mapping[str, Any]) -> str:
    error = item.get("error")
    if isinstance(error, Mapping):
        parts = [str(error[key]) for key in ("type", "reason") if error.get(key)]
        cause = error.get("caused_by")
        if isinstance(cause, Mapping) and cause.get("reason"):
            parts.append(str(cause["reason"]))
        return ": ".join(parts) or f"status {_status(item)}"
    return str(error) if isinstance(error, str) else f"status {_status(item)}"
