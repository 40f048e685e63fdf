"use strict";
// The token, where one is asked for, is given as http://host:port/#token=...; it never leaves this page but to the API.
const token = new URLSearchParams(location.hash.slice(1)).get("token");
const WHAT = { mt: "MT in", mo: "MO out", receipt: "receipt out", stray: "not read" };

async function call(path, body) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const options = body ? { method: "POST", body: JSON.stringify(body), headers } : { headers };
  const reply = await fetch(`/emulator/v1/${path}`, options);
  const said = await reply.json();
  if (!reply.ok) throw new Error(said.problems.join("; "));
  return said;
}

function row(cells, failed) {
  const line = document.createElement("tr");
  line.classList.toggle("failed", failed === true);
  for (const [text, style] of cells) {
    const cell = line.insertCell();
    cell.textContent = text;
    if (style) cell.className = style;
  }
  return line;
}

function answer(exchange) {
  if (exchange.reply) return `${exchange.reply.status} in ${Math.round(exchange.milliseconds)} ms`;
  return exchange.error || "…";
}

function traffic(exchange) {
  const message = exchange.messages[0] || { from: "", to: "", text: exchange.error, state: "" };
  const said = exchange.kind === "receipt" ? message.state : message.text;
  const more = exchange.messages.length > 1 ? ` (+${exchange.messages.length - 1})` : "";
  const time = new Date(exchange.at).toLocaleTimeString();
  const what = WHAT[exchange.kind] + (exchange.attempt > 1 ? `, try ${exchange.attempt}` : "");
  const failed = exchange.done && (!exchange.reply || exchange.reply.status >= 400);
  return row([[exchange.id], [time], [exchange.broker], [what], [message.from], [message.to + more], [said, "text"], [answer(exchange)]], failed);
}

async function showTraffic() {
  const said = await call("ledger?limit=100");
  const lines = said.exchanges.reverse().map(traffic);
  if (lines.length) document.getElementById("traffic").replaceChildren(...lines);
  const health = await call("health");
  document.getElementById("health").textContent =
    `Up, seed ${health.seed}: ${health.exchanges} exchanges kept, ${health.dropped} forgotten, ${health.pending_receipts} receipts to come.`;
}

async function showBrokers() {
  const said = await call("brokers");
  const none = "not set";
  document.getElementById("brokers").replaceChildren(...said.brokers.map((broker) =>
    row([[broker.name], [broker.title || broker.profile], [`${broker.http}\n${broker.https}`, "text"], [broker.mo_url || none], [broker.receipt_url || none]])));
  const choice = document.querySelector("select[name=broker]");
  choice.replaceChildren(...said.brokers.map((broker) => new Option(broker.name, broker.name)));
}

async function send(event) {
  event.preventDefault();
  const filled = [...new FormData(event.target)].filter(([, value]) => value !== "");
  const output = document.getElementById("sent");
  output.textContent = "Sending…";
  try {
    const said = await call("mo", Object.fromEntries(filled));
    output.textContent = answer(said.exchanges[0]);
    await showTraffic();
  } catch (error) {
    output.textContent = error.message;
  }
}

async function refresh() {
  try {
    await showTraffic();
  } catch (error) {
    document.getElementById("health").textContent = `The emulator does not answer: ${error.message}`;
  }
  setTimeout(refresh, 2000);
}

document.getElementById("phone").addEventListener("submit", send);
showBrokers().then(refresh, refresh);
