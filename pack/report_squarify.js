/*
 * A rectangle shared out in proportion to sizes, in pieces that are as square
 * as can be: M. Bruls, K. Huizing, J. J. van Wijk, Squarified Treemaps, 2000.
 */

/* Call place(item, x, y, width, height) for each of `items`, which are
 * sorted by size, the largest first. */
function squarify(items, box, place) {
	let { x, y, width, height } = box;
	let left = items.reduce((sum, item) => sum + item.size, 0);
	let from = 0;

	while (from < items.length && left > 0) {
		const scale = width * height / left;
		const side = Math.min(width, height);
		let to = from;
		let sum = 0;
		let worst = Infinity;

		while (to < items.length) {
			const grown = sum + items[to].size * scale;
			const ratio = Math.max(
				side * side * items[from].size * scale /
					(grown * grown),
				grown * grown / (side * side *
					items[to].size * scale));

			if (ratio > worst)
				break;
			worst = ratio;
			sum = grown;
			to++;
		}
		const thickness = sum / side;
		let offset = 0;

		for (const item of items.slice(from, to)) {
			const length = item.size * scale / thickness;

			if (width >= height)
				place(item, x, y + offset, thickness, length);
			else
				place(item, x + offset, y, length, thickness);
			offset += length;
			left -= item.size;
		}
		if (width >= height) {
			x += thickness;
			width -= thickness;
		} else {
			y += thickness;
			height -= thickness;
		}
		from = to;
	}
}
