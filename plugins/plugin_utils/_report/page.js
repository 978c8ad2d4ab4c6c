/* Copyright (c) 2026, community.dynatrace contributors
   SPDX-License-Identifier: GPL-3.0-or-later */
"use strict";
(() => {
  const report = JSON.parse(document.getElementById("report").textContent);
  const byId = (id) => document.getElementById(id);
  const body = document.querySelector("tbody");
  const ORDER = ["failed", "unreachable", "not_reached", "drift", "changed", "unchanged"];
  const WORDS = { failed: "Failed", unreachable: "Unreachable", not_reached: "Not processed", drift: "Drift", changed: "Changed", unchanged: "As declared",
    skipped_writes: "Skipped" };
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const width = document.querySelectorAll("thead th").length;
  const states = new Set();
  const closed = new Set();
  let sort = { by: "state", down: false };

  /* Everything from the report goes in as text: no markup is ever made of it. */
  const make = (tag, given, ...children) => {
    const { text, cls, ...attributes } = given || {};
    const element = document.createElement(tag);
    if (cls) element.className = cls;
    if (text !== undefined) element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children.filter((child) => child));
    return element;
  };
  const icon = (state) => {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("class", "icon " + state);
    svg.setAttribute("aria-hidden", "true");
    svg.append(document.createElementNS(space, "use"));
    svg.firstChild.setAttribute("href", "#i-" + state);
    return svg;
  };
  const moment = (stamp) => (stamp || "").replace("T", " ").replace("Z", " UTC");
  const shown = (value) => value === undefined || value === null || value === "" ? "nothing"
    : typeof value === "string" ? value : JSON.stringify(value);

  /* A policy that is violated: by which object, and why. */
  const violation = (one) => {
    const reasons = (one.problems || []).map((problem) => `${problem.path ? problem.path + ": " : ""}${problem.message || ""}`);
    const text = `${one.policy} (${one.severity}${one.overridden ? ", overridden" : ""}${one.repaired ? ", repaired" : ""}): ${[one.schema_id, one.object].filter(Boolean).join(" ")}: ` +
      (one.message ? `${one.message} (${reasons.join("; ")})` : reasons.join("; ")) + (one.source ? `. From ${one.source}` : "");
    return { text, refuses: one.severity === "error" && !one.overridden && !one.repaired };
  };

  const words = (value) => value && typeof value === "object" ? Object.values(value).map(words).join(" ") : String(value);
  const rows = [...document.querySelectorAll("tr.env")].map((row) => {
    const one = report.environments[Number(row.dataset.i)];
    const button = row.querySelector(".open");
    const differs = (one.exports || []).flatMap((each) => each.state === "unchanged" ? [] : each.changed_properties || []);
    const texts = (one.policy_violations || []).map((each) => violation(each).text);
    const text = [words(one), ...texts, ...differs.map((path) => "differs:" + path), row.textContent].join(" ").toLowerCase();
    return { row, one, button, name: button.textContent, text, detail: null };
  });

  /* --- details --- */

  const facts = (pairs) => make("dl", null, ...pairs.filter(([, value]) => value).map(([name, value]) =>
    make("div", null, make("dt", { text: name }), make("dd", { text: value }))));
  const list = (items) => items && items.length ? make("ul", null, ...items.map((text) => make("li", { text }))) : null;
  const section = (title, ...content) => make("section", null, make("h2", { text: title }), ...content);

  const flat = (value, where = "") => Object.entries(value || {}).flatMap(([key, child]) => {
    const path = where ? where + "." + key : key;
    return child && typeof child === "object" && !Array.isArray(child) ? flat(child, path) : [[path, child]];
  });

  const property = (path, differs, ...value) => make("tr", differs ? { cls: "differing" } : null, make("th", { text: path, scope: "row" }), make("td", null, ...value));

  /* The export as it is declared, and in its place each property that differs, and each secret. */
  const propertyTable = (one) => {
    const differing = new Set((one.changes || []).map((change) => change.path));
    const lines = new Map(flat(one.value).filter(([path]) => path !== "name").map(([path, value]) =>
      [path, [make("span", { text: shown(value) })]]));
    for (const secret of one.secrets || []) {
      if (secret.state === "rotated") differing.add(secret.path);
      lines.set(secret.path, [make("span", { text: "(" + secret.state + ")" }), make("small", { cls: "soft", text: secret.reason })]);
    }
    const [is, becomes] = report.check_mode ? ["is", "declared"] : ["was", "is now"];
    for (const change of one.changes || []) {
      lines.set(change.path, [
        make("div", null, make("small", { cls: "side", text: is }), make("del", { text: shown(change.before) })),
        make("div", null, make("small", { cls: "side", text: becomes }), make("ins", { text: shown(change.after) })),
        ...(lines.get(change.path) || []).filter((part) => part.className === "soft")]);
    }
    const parts = new Map();
    for (const [path, value] of lines) {
      const at = path.lastIndexOf(".");
      const part = path.slice(0, Math.max(at, 0));
      if (!parts.has(part)) parts.set(part, []);
      parts.get(part).push(property(path.slice(at + 1), differing.has(path), ...value));
    }
    return lines.size ? make("table", null, ...[...parts].map(([part, members]) => make("tbody", null,
      part ? make("tr", { cls: "part" }, make("th", { text: part, colspan: 2, scope: "rowgroup" })) : null, ...members))) : null;
  };

  /* Who made a difference, when, through what, and from which value to which. */
  const cause = (one) => {
    const author = one.by_this_token ? "this token" : one.author || "an unknown author";
    const by = `by ${author}${one.source ? " through " + one.source : ""}${one.time ? ", " + moment(one.time) : ""}`;
    if (!one.property) return `${one.operation} ${by}`;
    const value = one.operation === "created" ? shown(one.after) + " since it was created" : `${shown(one.before)} to ${shown(one.after)}`;
    return `${one.property}: ${value} ${by}`;
  };

  const exportCard = (one) => {
    const what = one.state === "drift" ? { created: "missing, would be created", deleted: "would be deleted",
      updated: "would be updated" }[one.operation]
      : one.state === "unchanged" ? "as declared"
      : one.state === "changed" ? one.operation : WORDS[one.state].toLowerCase() + ", was to be " + one.operation;
    const by = [moment(one.last_modified), one.last_author].filter(Boolean).join(" by ");
    return make("section", { cls: one.state },
      make("h2", null, icon(one.state), make("span", { text: one.name }), make("small", { text: what })),
      by ? make("p", { cls: "soft", text: "Last changed " + by }) : null,
      list((one.changed_by || []).map(cause)),
      propertyTable(one),
      list(one.notes),
      one.sent_secrets && make("p", { cls: "soft", text: "Sent with the change: " + one.sent_secrets.join(", ") }),
      one.ignored_options && make("p", { cls: "soft", text: "Without effect: " + one.ignored_options.join(", ") }),
      one.unknown_properties && make("p", { cls: "soft", text: "Unknown, left unchanged: " + one.unknown_properties.join(", ") }));
  };

  /* What refuses the environment comes first. */
  const violations = (all) => make("ul", null, ...all.map(violation).sort((a, b) => b.refuses - a.refuses).map(({ text, refuses }) =>
    make("li", refuses ? { text, cls: "refuses" } : { text })));

  const detail = (one) => {
    const token = one.token || {};
    const slots = one.slots || {};
    const cell = make("div");
    const errors = (one.errors || []).map((error) => {
      /* Most messages contain the problems. */
      const all = (error.problems || []).every((problem) => (error.message || "").includes(problem.message));
      return make("div", null, make("p", { cls: "message", text: error.message }),
        error.hint ? make("p", { text: error.hint }) : null,
        all ? null : list(error.problems.map((problem) => `${problem.path || ""}: ${problem.message || ""}`)));
    });
    if (errors.length) cell.append(section("What went wrong", ...errors));
    const differingFirst = (one.exports || []).slice().sort((a, b) => (a.state === "unchanged") - (b.state === "unchanged"));
    if (one.exports) cell.append(make("div", { cls: "cards" }, ...differingFirst.map(exportCard)));
    if (one.unmanaged) cell.append(section("Not declared", list(one.unmanaged)));
    if (one.policy_violations) cell.append(section("Policies", violations(one.policy_violations)));
    const notes = [...(one.warnings || []), ...(one.notes || [])];
    if (notes.length) cell.append(section("Notes", list(notes)));
    cell.append(facts([["Inventory host", one.host], ["Environment", one.url], ["ID", one.id], ["Kind", one.kind], ["Read-only", one.read_only && "yes: no run writes to it"], ["Seconds", one.elapsed && one.elapsed.toFixed(1)],
      [report.group_by || "Group", one.group],
      ["Slots", one.slots && `${slots.used || 0} used, ${slots.free || 0} free, ${slots.maximum || 0} in all`],
      ["Plan digest", one.plan_digest], ["Token lacks", (token.missing_scopes || []).join(", ")],
      ["Token expires", moment(token.expires)]]));
    return make("tr", { cls: "detail" }, make("td", { colspan: width }, cell));
  };

  const toggle = (entry, open = !entry.row.classList.contains("opened")) => {
    if (open && !entry.detail) {
      entry.detail = detail(entry.one);
      entry.detail.id = "detail-" + entry.row.dataset.i;
      entry.button.setAttribute("aria-controls", entry.detail.id);
      entry.detail.addEventListener("keydown", (event) => {
        if (event.key === "Escape") { toggle(entry, false); entry.button.focus(); }
      });
    }
    entry.row.classList.toggle("opened", open);
    entry.button.setAttribute("aria-expanded", String(open));
    if (open) entry.row.after(entry.detail);
    else if (entry.detail) entry.detail.remove();
  };

  /* --- filter, sort, group --- */

  const compare = {
    name: (a, b) => collator.compare(a.name, b.name),
    state: (a, b) => ORDER.indexOf(a.one.state) - ORDER.indexOf(b.one.state) || compare.name(a, b),
    /* Newest first, never last. */
    when: (a, b) => (b.one.last_modified || "").localeCompare(a.one.last_modified || "") || compare.name(a, b),
  };
  const groupOf = (entry, by) => by === "state" ? WORDS[entry.one.state] : entry.one[by] || "(none)";

  const groupRow = (name, members) => {
    const open = !closed.has(name);
    const counts = ORDER.map((state) => [state, members.filter((entry) => entry.one.state === state).length]);
    const button = make("button", { type: "button", "aria-expanded": String(open) }, make("b", { text: name }),
      make("span", { text: String(members.length) }),
      ...counts.filter(([, count]) => count).map(([state, count]) =>
        make("span", { title: WORDS[state] }, icon(state), make("span", { text: String(count) }), make("span", { cls: "sr", text: WORDS[state] }))));
    button.addEventListener("click", () => {
      if (open) closed.add(name); else closed.delete(name);
      draw();
      const again = [...document.querySelectorAll("tr.group b")].find((one) => one.textContent === name);
      if (again) again.closest("button").focus();
    });
    return make("tr", { cls: "group" }, make("th", { colspan: width, scope: "rowgroup" }, button));
  };

  let visible = [];
  const draw = () => {
    const wanted = byId("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    const by = byId("group").value;
    const only = byId("only").checked;
    document.querySelector("table").classList.toggle("only", only);
    const fitting = rows.filter((entry) => (!states.size || states.has(entry.one.state))
      && (!only || entry.one.state !== "unchanged" || entry.one.unmanaged)
      && wanted.every((word) => entry.text.includes(word)));
    fitting.sort((a, b) => (sort.down ? -1 : 1) * compare[sort.by](a, b));
    const groups = new Map();
    for (const entry of fitting) {
      const name = by ? groupOf(entry, by) : "";
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(entry);
    }
    const names = [...groups.keys()];
    if (by && by !== "state") names.sort(collator.compare);
    visible = [];
    const lines = [];
    for (const name of names) {
      if (by) lines.push(groupRow(name, groups.get(name)));
      if (by && closed.has(name)) continue;
      for (const entry of groups.get(name)) {
        visible.push(entry);
        lines.push(entry.row);
        if (entry.row.classList.contains("opened")) lines.push(entry.detail);
      }
    }
    /* With many schemas, a new layout of the table takes its time. */
    if (lines.length !== body.children.length || lines.some((row, at) => row !== body.children[at])) body.replaceChildren(...lines);
    byId("none").hidden = fitting.length > 0;
    byId("shown").textContent = fitting.length === rows.length ? `${rows.length} environments` : `${fitting.length} of ${rows.length}`;
    for (const th of document.querySelectorAll("thead th[data-sort]")) {
      if (th.dataset.sort === sort.by) th.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      else th.removeAttribute("aria-sort");
    }
    byId("sort").value = sort.by;
    labelEvery();
  };
  const labelEvery = () => {
    const open = visible.length && visible.every((entry) => entry.row.classList.contains("opened"));
    byId("every").textContent = open ? "Close all" : "Open all";
  };

  /* --- events --- */

  document.documentElement.classList.add("js");
  document.querySelector("form.tools").hidden = false;
  document.querySelector("form.tools").addEventListener("submit", (event) => event.preventDefault());
  for (const th of document.querySelectorAll("thead th[data-sort]")) {
    const button = make("button", { type: "button", text: th.textContent });
    button.addEventListener("click", () => {
      sort = { by: th.dataset.sort, down: sort.by === th.dataset.sort && !sort.down };
      draw();
    });
    th.replaceChildren(button);
  }
  for (const tile of document.querySelectorAll(".tile")) {
    tile.addEventListener("click", () => {
      if (!states.delete(tile.dataset.state)) states.add(tile.dataset.state);
      tile.setAttribute("aria-pressed", String(states.has(tile.dataset.state)));
      draw();
    });
  }
  for (const button of document.querySelectorAll("[data-filter]")) {
    button.addEventListener("click", () => {
      byId("filter").value = byId("filter").value === button.dataset.filter ? "" : button.dataset.filter;
      draw();
    });
  }
  byId("filter").addEventListener("input", draw);
  byId("only").addEventListener("change", draw);
  byId("group").addEventListener("change", () => { closed.clear(); draw(); });
  byId("sort").addEventListener("change", (event) => { sort = { by: event.target.value, down: false }; draw(); });
  byId("every").addEventListener("click", () => {
    const open = byId("every").textContent === "Open all";
    for (const entry of visible) toggle(entry, open);
    labelEvery();
  });
  byId("reset").addEventListener("click", () => {
    states.clear();
    for (const tile of document.querySelectorAll(".tile")) tile.setAttribute("aria-pressed", "false");
    byId("filter").value = "";
    byId("only").checked = false;
    draw();
    byId("filter").focus();
  });
  for (const entry of rows) {
    entry.row.addEventListener("click", (event) => {
      /* Selecting text is no click. */
      if (String(getSelection()) && !event.target.closest("button")) return;
      toggle(entry);
      labelEvery();
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    if (target.id === "filter") {
      if (event.key === "Escape") { target.value = ""; draw(); }
      if (event.key === "ArrowDown" && visible.length) { event.preventDefault(); visible[0].button.focus(); }
      return;
    }
    if (target.matches("input, select")) return;
    if (event.key === "/") { event.preventDefault(); byId("filter").focus(); return; }
    const at = visible.findIndex((entry) => entry.button === target);
    if (at < 0) return;
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: visible.length - 1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      if (next < 0) byId("filter").focus();
      else if (visible[next]) visible[next].button.focus();
    } else if (event.key === "Escape") { toggle(visible[at], false); labelEvery(); }
  });
  draw();
})();
