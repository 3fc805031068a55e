/** The controls of the 3-D view: what of which model is drawn. */
(() => {
  const get = (name) => document.getElementById(`view-${name}`);
  const section = document.getElementById("view");
  const panel = section.querySelector(".view");
  const ELEMENTS = ("X H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb " +
    "Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir " +
    "Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm").split(" ");
  const DECADES = 4; // that the slider of the threshold spans
  const PACE = 100; // ms a frame

  let drawing = null;
  let scene = null;
  let playing = null;

  async function unpacked(element) {
    const bytes = Uint8Array.from(atob(element.textContent), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }

  const triples = (flat, steps) =>
    Array.from({ length: flat.length / 3 }, (_, k) => flat.slice(3 * k, 3 * k + 3).map((step) => step / steps));

  function positionsOf(replica) {
    const now = replica.moves[0].map(() => 0);
    return replica.moves.map((moves) => triples(now.map((_, k) => (now[k] += moves[k])), 100));
  }

  async function load(number) {
    const data = JSON.parse(await unpacked(document.querySelectorAll(".scene-data")[number]));
    data.symbols = data.atomic_number.map((z) => ELEMENTS[z] ?? "X");
    data.frame = triples(data.position, 1000);
    return data;
  }

  const number = (value) => Number(value.toPrecision(3)).toString().replace("-", "−");
  const withUnit = (value, unit) => (unit ? `${number(value)} ${unit}` : number(value));

  function options(select, items, kept) {
    select.replaceChildren(...items.map(([value, words]) => new Option(words, value)));
    if (items.some(([value]) => String(value) === kept)) select.value = kept;
  }

  function layerChoices(kept) {
    const names = ["", ...scene.layers.map((layer) => layer.name)];
    const chosen = names.includes(kept) ? kept : (names[1] ?? "");
    get("layers").querySelector(".choices").replaceChildren(...names.map((name) => {
      const label = document.createElement("label");
      const input = Object.assign(document.createElement("input"), { type: "radio", name: "layer", value: name });
      input.checked = name === chosen;
      label.append(input, ` ${name || "none"}`);
      return label;
    }));
    get("layers").hidden = scene.layers.length === 0;
  }

  function walkChoices(kept) {
    const bodies = [...new Set(scene.walks?.bodies ?? [])].sort((a, b) => a - b);
    options(get("bodies"), [["", "none"], ...bodies.map((n) => [n, `${n}`])], kept);
    get("walks").hidden = bodies.length === 0;
  }

  async function choose() {
    stop();
    panel.setAttribute("aria-busy", "true");
    const [layer, bodies] = [layerName(), get("bodies").value];
    scene = await load(Number(get("model").value));
    layerChoices(layer);
    walkChoices(bodies);
    options(get("replica"), [["", "structure"], ...scene.replicas.map((replica, k) => [k, replica.title])], "");
    get("words").textContent = scene.words;
    get("play").hidden = scene.replicas.length === 0;
    await chooseReplica();
    panel.setAttribute("aria-busy", "false");
  }

  const replicaOf = () => scene.replicas[get("replica").value];
  const layerName = () => document.querySelector("input[name=layer]:checked")?.value;

  async function chooseReplica() {
    stop();
    const replica = replicaOf();
    const frames = replica ? positionsOf(replica) : [scene.frame];
    drawing.show(scene, frames);
    get("frame").max = frames.length - 1;
    get("frame").value = 0;
    get("frame").disabled = get("run").disabled = !replica;
    // Relevance and response were computed on the structure: on another frame they would be untrue.
    get("layers").disabled = get("walks").disabled = Boolean(replica);
    await draw();
  }

  function layerShown() {
    return scene.layers.find((layer) => layer.name === layerName());
  }

  /** Layers of one unit share one scale, so that a switch between them compares sizes. */
  function strongest(unit, beyond) {
    let most = 0;
    for (const layer of scene.layers.filter((other) => other.unit === unit)) {
      layer.value.forEach((value, k) => {
        if (drawing.distance(layer.atom[k], layer.other[k]) >= beyond) most = Math.max(most, Math.abs(value));
      });
    }
    return most;
  }

  function drawPairs(rows) {
    const layer = layerShown();
    get("threshold").disabled = get("beyond").disabled = !layer;
    if (!layer) return "";
    const beyond = Number(get("beyond").value);
    const most = strongest(layer.unit, beyond);
    const threshold = most * 10 ** (DECADES * (Number(get("threshold").value) / 100 - 1));
    get("threshold-shown").textContent = withUnit(threshold, layer.unit);
    get("beyond-shown").textContent = `${beyond} Å`;
    let [shown, all] = [0, 0];
    layer.value.forEach((value, k) => {
      const [one, other] = [layer.atom[k], layer.other[k]];
      const distance = drawing.distance(one, other);
      if (distance < beyond) return;
      all += 1;
      if (Math.abs(value) < threshold || value === 0) return;
      shown += 1;
      const atoms = `${drawing.name(one)}–${drawing.name(other)}`;
      drawing.pair(one, other, value, Math.abs(value) / most, `${atoms}: ${distance.toFixed(2)} Å, ${withUnit(value, layer.unit)}`);
      rows.push([atoms, distance.toFixed(2), withUnit(value, layer.unit)]);
    });
    const signs = layer.value.some((value) => value < 0);
    get("legend").hidden = !signs;
    return `${layer.name}: ${shown} of ${all} pairs beyond ${beyond} Å. ${layer.words}`;
  }

  function drawWalks(rows) {
    const bodies = Number(get("bodies").value);
    get("most").disabled = !bodies;
    get("most-shown").textContent = bodies ? get("most").value : "";
    if (!bodies) return "";
    const { walks } = scene;
    const kept = walks.bodies.map((n, k) => (n === bodies ? k : -1)).filter((k) => k >= 0).slice(0, Number(get("most").value));
    const most = Math.abs(walks.value[kept[0]]);
    for (const k of kept) {
      const atoms = walks.atom[k].map((atom) => drawing.name(atom)).join(" → ");
      const value = withUnit(walks.value[k], walks.unit);
      drawing.walk(walks.atom[k], walks.value[k], most ? Math.abs(walks.value[k]) / most : 0, `${atoms}: ${value}`);
      rows.push([atoms, "", value]);
    }
    get("legend").hidden = false;
    return `The ${kept.length} strongest walks on ${bodies} atoms. ${walks.words}`;
  }

  function drawFrame(replica) {
    const frame = Number(get("frame").value);
    const last = frame === replica.time.length - 1;
    if (last) drawing.mark(replica.guilty);
    const guilty = replica.guilty.map((atom) => drawing.name(atom)).join(", ");
    get("time").textContent = `${replica.time[frame].toFixed(3)} ps, frame ${frame + 1} of ${replica.time.length}`;
    const end = last ? `${replica.end}${guilty ? ` (${guilty})` : ""}` : "";
    const thinned = replica.before > replica.time.length ? ` ${replica.time.length} of ${replica.before} frames are here.` : "";
    return `${replica.title}${end ? `, its last frame: ${end}` : ""}.${thinned}`;
  }

  async function draw() {
    const replica = replicaOf();
    await drawing.turnTo(replica ? Number(get("frame").value) : 0);
    drawing.labelled = get("labels").checked;
    drawing.clear();
    get("legend").hidden = true;
    const rows = [];
    const said = replica ? [drawFrame(replica)] : [drawPairs(rows), drawWalks(rows)];
    if (!replica) get("time").textContent = "";
    drawing.render();
    report(said.filter(Boolean).join(" "), rows);
  }

  function report(words, rows) {
    // A text that is set again would be read aloud again.
    if (get("status").textContent !== words) get("status").textContent = words;
    document.getElementById("canvas").setAttribute("aria-label", `3-D view of ${scene.title}. ${words}`);
    get("list").tBodies[0].replaceChildren(...rows.slice(0, 200).map((cells) => {
      const row = document.createElement("tr");
      cells.forEach((text, k) => {
        const cell = Object.assign(row.insertCell(), { textContent: text });
        if (k) cell.classList.add("number");
      });
      return row;
    }));
  }

  function stop() {
    playing = null;
    get("run").textContent = "Play";
    get("run").setAttribute("aria-pressed", "false");
  }

  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  /** Frame by frame, none before the last was painted: on a slow machine slower, never behind. */
  async function run() {
    if (playing) return stop();
    const mine = (playing = {});
    const frame = get("frame");
    if (frame.value === frame.max) {
      frame.value = 0;
      await draw();
    }
    get("run").textContent = "Pause";
    get("run").setAttribute("aria-pressed", "true");
    while (playing === mine && frame.value !== frame.max) {
      frame.value = Number(frame.value) + 1;
      await draw();
      await Promise.all([pause(PACE), new Promise(requestAnimationFrame)]);
    }
    if (playing === mine) stop();
  }

  const KEYS = {
    ArrowLeft: () => drawing.turn("y", -10), ArrowRight: () => drawing.turn("y", 10),
    ArrowUp: () => drawing.turn("x", -10), ArrowDown: () => drawing.turn("x", 10),
    "+": () => drawing.zoom(1.2), "=": () => drawing.zoom(1.2), "-": () => drawing.zoom(1 / 1.2), 0: () => drawing.reset(),
  };

  function listen() {
    get("model").addEventListener("change", choose);
    get("replica").addEventListener("change", chooseReplica);
    for (const name of ["layers", "threshold", "beyond", "bodies", "most", "labels"]) get(name).addEventListener("input", draw);
    get("frame").addEventListener("input", () => { stop(); draw(); });
    get("run").addEventListener("click", run);
    get("reset").addEventListener("click", () => drawing.reset());
    get("controls").addEventListener("submit", (event) => event.preventDefault());
    document.getElementById("canvas").addEventListener("keydown", (event) => {
      const act = event.ctrlKey || event.metaKey || event.altKey ? null : KEYS[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    });
  }

  async function start() {
    const canvas = document.createElement("canvas");
    if (!(canvas.getContext("webgl2") ?? canvas.getContext("webgl"))) throw new Error("there is no WebGL");
    const element = document.createElement("script");
    element.textContent = await unpacked(document.getElementById("viewer-script"));
    document.head.append(element);
    get("waiting").hidden = true;
    panel.hidden = false;
    drawing = new Drawing(document.getElementById("canvas"), (words) => { get("pointed").textContent = words; });
    drawing.onchosen = draw;
    await choose();
    listen();
    section.dataset.ready = "yes";
  }

  function fail(error) {
    panel.hidden = get("waiting").hidden = true;
    get("failed").hidden = false;
    get("failed").textContent = `The 3-D view cannot be shown here: ${error.message}. It needs WebGL and a browser of 2023 or later; the rest of the page does without.`;
    section.dataset.ready = "no";
  }

  // Three megabytes of script are read when they are needed.
  const near = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    near.disconnect();
    start().catch(fail);
  }, { rootMargin: "600px" });
  near.observe(section);
  addEventListener("beforeprint", () => {
    if (drawing) get("printed").src = drawing.picture();
  });
})();
