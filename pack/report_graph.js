/*
 * Which file brought which: from the recipe on the left, a column for each
 * step. Branches are shut at first where the picture would become too long.
 */
{
	const rowHeight = 22;
	const firstRows = 70;	/* at most, before anything is opened */
	const longest = 34;	/* letters of a name */
	const margin = 16;

	const view = document.getElementById('graph-view');

	const { root, nodeFor } = reasons;

	/* --- What is open --- */

	const openNodes = new Set();

	function isOpen(node) {
		return node.children.length > 0 && openNodes.has(node);
	}

	/* Column by column, as long as there is room. */
	function openFirst() {
		let rows = 1;
		let column = [root];

		openNodes.clear();
		while (column.length) {
			const next = [];

			for (const node of column) {
				const more = node.children.length - 1;

				if (!node.children.length ||
				    (node !== root && rows + more > firstRows))
					continue;
				openNodes.add(node);
				rows += more;
				next.push(...node.children);
			}
			column = next;
		}
	}

	function openAll(node) {
		if (node.children.length)
			openNodes.add(node);
		node.children.forEach(openAll);
	}

	function reveal(node) {
		for (let at = node.parent; at; at = at.parent)
			openNodes.add(at);
	}

	/* --- Layout --- */

	const ruler = document.createElement('canvas').getContext('2d');
	ruler.font = '12.5px ' + getComputedStyle(view).fontFamily;

	function widthOf(text) {
		return ruler.measureText(text).width;
	}

	function shorten(name) {
		return name.length <= longest ? name
			: name.slice(0, longest / 2) + '…' +
				name.slice(1 - longest / 2);
	}

	/* Rows for the leaves, parents beside the first of their children;
	 * columns as wide as what is in them. */
	function lay() {
		const nodes = [];
		const widths = [];
		let row = 0;

		const place = (node, depth) => {
			const label = shorten(node.name);
			const more = isOpen(node) || !node.children.length ? 0
				: widthOf('  +' + node.count);

			node.depth = depth;
			node.label = label;
			node.labelWidth = widthOf(label);
			node.width = node.labelWidth + more + 30;
			widths[depth] = Math.max(widths[depth] || 0, node.width);
			nodes.push(node);
			if (!isOpen(node)) {
				node.y = margin + rowHeight * (row++ + 0.5);
				return;
			}
			for (const child of node.children)
				place(child, depth + 1);
			node.y = node.children[0].y;
		};

		place(root, 0);
		const lefts = [margin];

		widths.forEach((width, depth) => {
			lefts[depth + 1] = lefts[depth] + width + 44;
		});
		for (const node of nodes)
			node.x = lefts[node.depth] + 8;
		return { nodes, width: lefts[lefts.length - 1],
			height: row * rowHeight + 2 * margin };
	}

	/* --- Drawing --- */

	let shown = new Map(); /* node -> its element */
	let edges = [];
	let svg;

	function curve(from, to) {
		const start = from.x + from.width - 14;
		const middle = (start + to.x) / 2;

		return `M${start} ${from.y}C${middle} ${from.y} ${middle} ` +
			`${to.y} ${to.x - 8} ${to.y}`;
	}

	/* Between any two, round the right of both. */
	function arc(from, to) {
		const start = from.x + from.width - 12;
		const end = to.x + to.width - 12;
		const far = Math.max(start, end) + 40 +
			Math.min(Math.abs(from.y - to.y) / 6, 60);

		return `M${start} ${from.y}C${far} ${from.y} ${far} ${to.y} ` +
			`${end} ${to.y}`;
	}

	function radius(node) {
		const size = node.file === undefined ? 0 : files[node.file].size || 0;

		return Math.min(3 + Math.sqrt(size) / 300, 8);
	}

	function labelFor(node) {
		if (node.file === undefined)
			return node.title;
		const file = files[node.file];

		return `${file.path}, ${file.reason}`;
	}

	function drawNode(node) {
		const folded = node.children.length > 0 && !isOpen(node);
		const kind = node.file === undefined ? 'branch'
			: files[node.file].kind || 'branch';
		const element = makeSvg('g', {
			class: kind,
			role: 'treeitem',
			tabindex: -1,
			'aria-level': node.depth + 1,
			'aria-label': labelFor(node),
		},
		makeSvg('rect', { class: 'ground', x: node.x - 12,
			y: node.y - rowHeight / 2 + 1, width: node.width,
			height: rowHeight - 2 }),
		makeSvg('circle', { cx: node.x, cy: node.y, r: radius(node) }),
		makeSvg('text', { x: node.x + 12, y: node.y }, node.label),
		makeSvg('title', {}, node.file === undefined ? node.title
			: `${files[node.file].path}\n${files[node.file].reason}`));

		if (node.children.length)
			element.setAttribute('aria-expanded', !folded);
		if (folded)
			element.append(makeSvg('text', { class: 'more',
				x: node.x + 18 + node.labelWidth,
				y: node.y }, '+' +
				(node.count - (node.file === undefined ? 0 : 1))));
		element.addEventListener('click', () => press(node));
		shown.set(node, element);
		return element;
	}

	function draw() {
		const { nodes, width, height } = lay();
		const focused = [...shown].find(([, element]) =>
			element === document.activeElement);

		shown = new Map();
		edges = nodes.filter((node) => node !== root).map((node) => ({
			node,
			path: makeSvg('path', { d: curve(node.parent, node) }),
		}));
		svg = makeSvg('svg', { width, height,
			viewBox: `0 0 ${width} ${height}`,
			role: 'presentation' },
		...edges.map(({ path }) => path), ...nodes.map(drawNode));
		view.replaceChildren(svg);
		shown.get(root).setAttribute('tabindex', 0);
		if (focused && shown.has(focused[0]))
			focus(focused[0]);
		mark();
	}

	/* --- Choosing --- */

	/* The chain of reasons, and what needs it or is needed by it. */
	function mark() {
		const lit = new Set();
		const node = nodeFor(choice.index);

		for (const path of svg.querySelectorAll('.needs, .needed'))
			path.remove();
		for (let at = node; at; at = at.parent)
			lit.add(at);
		for (const { node: end, path } of edges)
			path.classList.toggle('chain', lit.has(end));
		if (node && shown.has(node))
			for (const [name, others] of [
				['needs', files[node.file].needs || []],
				['needed', neededBy[node.file]]])
				drawArcs(name, node, others, lit);
		view.classList.toggle('choosing', node !== undefined);
		for (const [at, element] of shown) {
			element.classList.toggle('lit', lit.has(at));
			element.classList.toggle('chosen', at === node);
			element.setAttribute('aria-selected', at === node);
		}
	}

	function drawArcs(name, node, others, lit) {
		for (const other of others) {
			const end = nodeFor(other);

			if (!shown.has(end))
				continue;
			lit.add(end);
			svg.prepend(makeSvg('path', { class: name,
				d: arc(node, end) }));
		}
	}

	function bringIntoView(node) {
		const left = node.x - view.clientWidth / 3;
		const top = node.y - view.clientHeight / 2;

		view.scrollTo({ left: Math.max(left, 0), top: Math.max(top, 0) });
	}

	function press(node) {
		if (node.children.length) {
			if (isOpen(node) && (node.file === undefined ||
					     node.file === choice.index))
				openNodes.delete(node);
			else
				openNodes.add(node);
		}
		if (node.file !== undefined)
			choice.set(node.file, 'graph');
		draw();
	}

	choice.listeners.push((index, origin) => {
		const node = nodeFor(index);

		if (node) {
			reveal(node);
			draw();
			if (origin !== 'graph')
				bringIntoView(node);
		} else {
			mark();
		}
	});

	/* --- Keys --- */

	function focus(node) {
		for (const element of shown.values())
			element.setAttribute('tabindex', -1);
		shown.get(node).setAttribute('tabindex', 0);
		shown.get(node).focus({ preventScroll: true });
	}

	function step(node, by) {
		const column = [...shown.keys()].sort((a, b) => a.y - b.y ||
			a.depth - b.depth);

		return column[column.indexOf(node) + by];
	}

	function target(node, key) {
		switch (key) {
		case 'ArrowDown':
			return step(node, 1);
		case 'ArrowUp':
			return step(node, -1);
		case 'ArrowRight':
			if (!node.children.length)
				return undefined;
			openNodes.add(node);
			draw();
			return node.children[0];
		case 'ArrowLeft':
			if (isOpen(node)) {
				openNodes.delete(node);
				draw();
				return node;
			}
			return node.parent;
		default:
			return undefined;
		}
	}

	view.addEventListener('keydown', (event) => {
		const found = [...shown].find(([, element]) =>
			element === event.target);

		if (!found)
			return;
		const [node] = found;

		if (event.key === 'Enter' || event.key === ' ') {
			event.preventDefault();
			press(node);
			return;
		}
		if (!event.key.startsWith('Arrow'))
			return;
		event.preventDefault();
		const to = target(node, event.key);

		if (to && shown.has(to)) {
			focus(to);
			if (to.y < view.scrollTop + 30 ||
			    to.y > view.scrollTop + view.clientHeight - 30 ||
			    to.x < view.scrollLeft ||
			    to.x > view.scrollLeft + view.clientWidth - 100)
				bringIntoView(to);
		}
	});

	document.getElementById('graph-overview')
		.addEventListener('click', () => {
			openFirst();
			if (nodeFor(choice.index))
				reveal(nodeFor(choice.index));
			draw();
		});
	document.getElementById('graph-expand')
		.addEventListener('click', () => {
			openAll(root);
			draw();
		});
	openFirst();
	draw();
}
