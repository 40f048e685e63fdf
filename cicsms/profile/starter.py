"""A definition to begin with: commented, refused by nothing, and to be corrected line by line from the broker's own pages."""

from __future__ import annotations

import re

from cicsms.model.errors import CicsmsError

_STARTER = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- {title}: say here which pages of the broker this is made from, with the date, and what is missing.
     Every name below is an example: put the broker's own in its place. All elements: docs/brokers/reference.md -->
<broker xmlns="urn:cicsms:broker:1" name="{name}" title="{title}">
  <!-- Values that an account may give beside its login and password. type: text, number, url, secret or enum. -->
  <option name="SignatureSecret" type="secret">The key that signs webhooks; empty: they are not checked.</option>
  <option name="ExternalDeliveryStatusURI" type="url" fills="callback">Where receipts go, if not to this site.</option>
  <profile name="v1" title="HTTP API, version 1">
    <!-- long-text: who cuts long texts, split (we) or broker. addresses: numbers with a plus, as digits, or kept as given. -->
    <capabilities receipts="yes" alphanumeric-sender="yes" recipients="1" long-text="broker" addresses="plus"/>
    <!-- The form of the broker's ids, for the emulator. -->
    <ids mt="{{uuid}}"/>
    <mt method="POST" gateway="https://api.{name}.example" path="/v1/accounts/{{account}}/messages">
      <basic login="{{login}}" password="{{password}}"/>
      <!-- Or form, query, xml, plain; headers stand in a header element. In the order of writing. -->
      <json>
        <at path="$.from" field="sender" codec="plus"/>
        <at path="$.to" field="recipient" codec="plus" need="yes"/>
        <at path="$.text" field="text" need="yes"/>
        <at path="$.callback" field="callback"/>
      </json>
      <!-- The first rule that fits counts; the emulator answers with the same rules, so write all that the broker writes. -->
      <answer>
        <accepted status="2xx" reply="201">
          <json>
            <at path="$.id" field="broker-id" need="yes"/>
            <at path="$.status" value="queued"/>
          </json>
        </accepted>
        <auth-failed status="401">
          <json>
            <at path="$.code" field="code" default="unauthorized"/>
            <at path="$.message" field="said" default="Wrong credentials"/>
          </json>
        </auth-failed>
        <throttled status="429">
          <header><at name="Retry-After" field="wait"/></header>
        </throttled>
        <refused status="4xx">
          <json>
            <at path="$.code" field="code" default="invalid"/>
            <at path="$.message" field="said" default="Invalid request"/>
          </json>
        </refused>
        <retry status="503"/>
      </answer>
    </mt>
    <mo methods="POST" path="/{name}/mo">
      <!-- How the broker proves that it calls: signed (a scheme of the library), basic, or peers (addresses). -->
      <verify><signed by="body-hmac" header="X-Signature" key="{{option.SignatureSecret}}" optional="yes"/></verify>
      <json>
        <at path="$.id" field="broker-id"/>
        <at path="$.from" field="remote" need="yes"/>
        <at path="$.to" field="local"/>
        <at path="$.text" field="text" need="yes"/>
        <at path="$.received" field="date" codec="iso(z)"/>
      </json>
      <!-- The exact body the broker wants; most want none. -->
      <reply to="taken" status="200"/>
    </mo>
    <receipt methods="POST" path="/{name}/receipts" key="broker-id">
      <verify><signed by="body-hmac" header="X-Signature" key="{{option.SignatureSecret}}" optional="yes"/></verify>
      <json>
        <at path="$.id" field="broker-id" need="yes"/>
        <at path="$.status" field="status" need="yes"/>
        <at path="$.error" field="code"/>
      </json>
      <!-- The broker's words and what they mean; from top to bottom. -->
      <states default="unknown">
        <state is="queued" of="accepted"/>
        <state is="sent" of="sent"/>
        <state is="delivered" of="delivered"/>
        <state is="expired" of="expired"/>
        <state is="failed|undeliverable" of="failed"/>
      </states>
      <reply to="taken" status="200"/>
    </receipt>
  </profile>
</broker>
"""


class BadName(CicsmsError):
    """A broker's name is not one that configurations can use."""


def starter(name: str, title: str = "") -> str:
    """Return a definition to begin with."""
    if not re.fullmatch(r"[a-z0-9_][a-z0-9_.-]*", name):
        raise BadName(f"'{name}' is no name for a broker: write small letters, digits, '_', '.' and '-'.")
    return _STARTER.format(
        name=name,
        title=(title or name.capitalize()).replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace("--", "-"),
    )
