/** Draws one scene: molecule, pairs as cylinders, walks as arrows, trajectories. Knows no control. */
class Drawing {
  static COLORS = { raises: "#d55e00", lowers: "#0072b2", guilty: "#aa3377", chosen: "#e69f00" };
  static THICKEST = 0.16; // Å: a little more than a bond, so that the strongest stand out
  static THINNEST = 0.02;
  static BOND = 0.07;

  constructor(element, point) {
    this.viewer = $3Dmol.createViewer(element, { backgroundColor: "white", antialias: devicePixelRatio < 2, disableFog: true });
    this.viewer.setHoverDuration(60);
    this.element = element;
    this.point = point;
    this.chosen = null;
    this.labelled = false;
  }

  /** Show positions of one or several frames; keeps the view where the atoms are the same. */
  show(scene, frames) {
    const first = this.symbols?.join() !== scene.symbols.join();
    this.symbols = scene.symbols;
    this.broadside = scene.turn;
    this.frames = frames;
    this.frame = 0;
    this.chosen = null;
    this.clear();
    this.viewer.removeAllModels();
    this.viewer.addModelsAsFrames(frames.map((frame) => this.xyz(frame)).join(""), "xyz");
    this.viewer.setStyle({}, { stick: { radius: Drawing.BOND, color: "#9aa3ab" }, sphere: { scale: 0.2 } });
    this.viewer.setHoverable({}, true, (atom) => this.pointAt(atom), () => this.leave());
    this.viewer.setClickable({}, true, (atom) => this.choose(atom));
    if (first) this.fit();
  }

  xyz(frame) {
    const lines = frame.map(([x, y, z], atom) => `${this.symbols[atom]} ${x} ${y} ${z}`);
    return `${frame.length}\n\n${lines.join("\n")}\n`;
  }

  async turnTo(frame) {
    this.frame = frame;
    await this.viewer.setFrame(frame);
  }

  /** Remove everything but the molecule. */
  clear() {
    this.viewer.removeAllShapes();
    this.viewer.removeAllLabels();
    this.bends = new Map();
    if (this.labelled) this.atoms().forEach((_, atom) => this.label(this.name(atom), this.at(atom)));
    if (this.chosen !== null) this.halo(this.chosen, Drawing.COLORS.chosen, 0.4);
  }

  render() {
    this.viewer.render();
  }

  atoms() {
    return this.frames[this.frame];
  }

  at(atom) {
    const [x, y, z] = this.atoms()[atom];
    return { x, y, z };
  }

  name(atom) {
    return `${this.symbols[atom]}${atom}`;
  }

  distance(one, other) {
    const [a, b] = [this.atoms()[one], this.atoms()[other]];
    return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
  }

  /** A cylinder between two atoms; ``share`` is its strength, of the strongest. */
  pair(one, other, value, share, words) {
    this.viewer.addCylinder({
      start: this.at(one), end: this.at(other), radius: this.width(share), color: this.color(value),
      fromCap: 2, toCap: 2, ...this.says(words, this.between(one, other)),
    });
  }

  /** A walk as arrows along its atoms, each beside those that were drawn there before. */
  walk(atoms, value, share, words) {
    for (let step = 0; step + 1 < atoms.length; step++) {
      const [from, to] = [atoms[step], atoms[step + 1]];
      if (from === to) this.halo(from, this.color(value), 0.34 + 0.2 * share, words);
      else this.arrow(from, to, value, share, words);
    }
  }

  arrow(from, to, value, share, words) {
    const key = [from, to].sort((a, b) => a - b).join();
    const used = this.bends.get(key) ?? 0;
    this.bends.set(key, used + 1);
    const [a, b] = [this.vector(from), this.vector(to)];
    const along = b.clone().sub(a);
    const length = along.length();
    along.normalize();
    const axis = Math.abs(along.z) < 0.9 ? new $3Dmol.Vector3(0, 0, 1) : new $3Dmol.Vector3(1, 0, 0);
    const side = new $3Dmol.Vector3().crossVectors(along, axis).normalize();
    const up = new $3Dmol.Vector3().crossVectors(along, side);
    // Golden angle: no two arrows of a pair lie on each other.
    const angle = used * 2.39996;
    const away = side.multiplyScalar(Math.cos(angle)).add(up.multiplyScalar(Math.sin(angle))).multiplyScalar(0.16);
    const gap = Math.min(0.32, 0.25 * length);
    const start = a.add(along.clone().multiplyScalar(gap)).add(away);
    const end = b.sub(along.clone().multiplyScalar(gap)).add(away);
    const radius = this.width(share) * 0.6;
    this.viewer.addArrow({
      start, end, radius, radiusRatio: 2.4, mid: Math.max(0.5, 1 - 0.45 / Math.max(length - 2 * gap, 0.1)),
      color: this.color(value), ...this.says(words, start.clone().add(end).multiplyScalar(0.5)),
    });
  }

  halo(atom, color, radius, words, opacity = 0.4) {
    this.viewer.addSphere({ center: this.at(atom), radius, color, opacity, ...(words ? this.says(words, this.at(atom)) : {}) });
  }

  mark(atoms) {
    for (const atom of atoms) {
      this.halo(atom, Drawing.COLORS.guilty, 0.6, null, 0.6);
      if (!this.labelled) this.label(this.name(atom), this.at(atom));
    }
  }

  label(text, position) {
    return this.viewer.addLabel(text, {
      position, fontSize: 12, fontColor: "#1d2329", backgroundColor: "white", backgroundOpacity: 0.75,
      alignment: "center", inFront: true, borderThickness: 0,
    });
  }

  says(words, position) {
    const tell = () => this.tell(words, position);
    return { hoverable: true, clickable: true, callback: tell, hover_callback: tell, unhover_callback: () => this.leave() };
  }

  pointAt(atom) {
    let words = this.name(atom.index);
    if (this.chosen !== null && this.chosen !== atom.index) {
      words = `${this.name(this.chosen)}–${words}: ${this.distance(this.chosen, atom.index).toFixed(2)} Å`;
    }
    this.tell(words, this.at(atom.index));
  }

  choose(atom) {
    const before = this.chosen;
    this.pointAt(atom);
    this.chosen = before === atom.index ? null : atom.index;
    this.onchosen?.();
  }

  tell(words, position) {
    this.leave();
    this.hint = this.label(words, position);
    this.point(words);
    this.render();
  }

  leave() {
    if (!this.hint) return;
    this.viewer.removeLabel(this.hint);
    this.hint = null;
    this.render();
  }

  vector(atom) {
    const { x, y, z } = this.at(atom);
    return new $3Dmol.Vector3(x, y, z);
  }

  between(one, other) {
    return this.vector(one).add(this.vector(other)).multiplyScalar(0.5);
  }

  color(value) {
    return value < 0 ? Drawing.COLORS.lowers : Drawing.COLORS.raises;
  }

  width(share) {
    return Drawing.THINNEST + (Drawing.THICKEST - Drawing.THINNEST) * Math.sqrt(share);
  }

  turn(axis, degrees) {
    this.viewer.rotate(degrees, axis);
    this.render();
  }

  zoom(factor) {
    this.viewer.zoom(factor);
    this.render();
  }

  /** Broadside, so that no atom hides another. The viewer fits the height alone: on a narrow screen the sides would be cut off. */
  fit() {
    const { clientWidth, clientHeight } = this.element;
    this.viewer.setView([...this.viewer.getView().slice(0, 4), ...this.broadside]);
    this.viewer.zoomTo();
    this.viewer.zoom(Math.min(1, clientWidth / Math.max(clientHeight, 1)));
  }

  reset() {
    this.fit();
    this.render();
  }

  picture() {
    return this.viewer.pngURI();
  }
}
