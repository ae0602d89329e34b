/*
 * What is inside, by size: a treemap. Within a directory areas are in
 * proportion to bytes. Directories that hold nothing but one other are drawn
 * as one with it.
 */
{
	const gap = 2;		/* between neighbours, pixels */
	const headHeight = 18;	/* of a directory's name */
	const leastBranch = 44;	/* a directory that is smaller is not opened */
	const leastArea = 20;	/* what is smaller is drawn with its like */
	const leastLabel = 34;	/* width of a cell that has a name */
	const leastSize = 64;	/* and of one that has its size, too */
	const lineHeight = 16;
	const colours = 7;	/* of packages; the rest share one more */

	const view = document.getElementById('treemap');
	const crumbs = document.getElementById('treemap-crumbs');
	const legend = document.getElementById('treemap-packages');
	const byKind = document.getElementById('treemap-by-kind');
	const byPackage = document.getElementById('treemap-by-package');

	/* --- The tree --- */

	function newDirectory(path, parent) {
		return { path, parent, size: 0, count: 0, children: [] };
	}

	const root = newDirectory('/', undefined);
	const directories = new Map([['/', root]]);

	function directoryOf(path) {
		let directory = directories.get(path);

		if (!directory) {
			const parent = directoryOf(parentName(path));

			directory = newDirectory(path, parent);
			directories.set(path, directory);
			parent.children.push(directory);
		}
		return directory;
	}

	files.forEach((file, index) => {
		if (!file.size)
			return;
		const directory = directoryOf(parentName(file.path));

		directory.children.push({ path: file.path, parent: directory,
			size: file.size, count: 1, file: index });
		for (let at = directory; at; at = at.parent) {
			at.size += file.size;
			at.count++;
		}
	});
	for (const directory of directories.values())
		directory.children.sort((a, b) => b.size - a.size ||
			(a.path < b.path ? -1 : 1));

	/* Through directories that hold one directory and nothing else. */
	function descend(node) {
		while (node.children && node.children.length === 1 &&
		       node.children[0].children)
			node = node.children[0];
		return node;
	}

	/* --- Colours --- */

	const packageClass = new Map();
	let colouring = 'kind';

	function rankPackages() {
		const sizes = data.packages.map(() => 0);

		for (const file of files) {
			if (file.package !== undefined)
				sizes[file.package] += file.size || 0;
		}
		const ranked = sizes.map((size, index) => index)
			.sort((a, b) => sizes[b] - sizes[a]).slice(0, colours);

		ranked.forEach((owner, rank) => {
			const name = 'package-' + (rank + 1);

			packageClass.set(owner, name);
			legend.append(make('li', { className: name },
				make('b', {}, data.packages[owner].name), ' ',
				formatSize(sizes[owner])));
		});
		legend.append(make('li', { className: 'package-other' },
			make('b', {}, 'All others')));
	}
	rankPackages();

	function classOf(index) {
		if (colouring === 'kind')
			return files[index].kind;
		return packageClass.get(files[index].package) ||
			'package-other';
	}

	/* Of a directory that is drawn shut: what most of its bytes are. */
	function classOfFolded(node) {
		const sizes = new Map();
		const add = (at) => {
			if (at.children)
				return at.children.forEach(add);
			const name = classOf(at.file);

			return sizes.set(name, (sizes.get(name) || 0) + at.size);
		};

		add(node);
		return [...sizes].sort((a, b) => b[1] - a[1])[0][0];
	}

	/* --- Layout --- */

	/* Files that would be specks become one thing together. */
	function withoutSpecks(node, area) {
		const least = leastArea * node.size / area;
		const kept = node.children.filter((child) => child.size >= least);
		const rest = node.children.filter((child) => child.size < least);

		if (rest.length < 2)
			return node.children;
		kept.push({
			rest: node,
			path: node.path,
			size: rest.reduce((sum, child) => sum + child.size, 0),
			count: rest.reduce((sum, child) => sum + child.count, 0),
			children: rest,
		});
		return kept.sort((a, b) => b.size - a.size);
	}

	/* --- Drawing --- */

	let shown = root;
	let cells = [];
	let drawnWidth = 0;

	function tipLines(node) {
		const share = (100 * node.size / root.size).toFixed(1) +
			' % of the jail';

		if (node.file !== undefined) {
			const file = files[node.file];

			return [file.path, formatSize(file.size) + ', ' + share,
				packageName(file), file.reason,
				...(findingsOf.get(node.file) || [])
					.map((finding) => finding.text)];
		}
		return [node.path, formatSize(node.size) + ', ' + share,
			count(node.count, node.rest ? 'small file' : 'file',
				node.rest ? 'small files' : 'files')];
	}

	function open(node) {
		if (node.file !== undefined)
			return choice.set(node.file, 'treemap');
		if (node.rest && node.rest === shown)
			return searchFiles(node.path);
		return show(node.rest || node);
	}

	function addCell(node, box, name, label) {
		const cell = make('button', {
			type: 'button',
			className: name,
			tabIndex: -1,
		});

		cell.setAttribute('aria-label', tipLines(node).join(', '));
		cell.dataset.size = node.size;
		cell.dataset.path = node.path;
		/* Shares of the width, which is another on paper. */
		for (const [property, value] of [['left', box.x],
			['width', box.width]])
			cell.style[property] =
				(100 * value / drawnWidth).toFixed(4) + '%';
		cell.style.top = box.y.toFixed(2) + 'px';
		cell.style.height = box.height.toFixed(2) + 'px';
		if (label)
			cell.append(label);
		cell.addEventListener('click', () => open(node));
		cell.addEventListener('pointermove', (event) => {
			if (event.pointerType !== 'touch')
				tip.show(tipLines(node), event.clientX,
					event.clientY);
		});
		cell.addEventListener('focus', () => {
			move(cells.findIndex((other) => other.cell === cell));
			if (cell.matches(':focus-visible'))
				tip.showAt(tipLines(node), cell);
		});
		view.append(cell);
		cells.push({ cell, node, box });
	}

	/* The name, in as many lines as there is room for, and the size. */
	function labelOf(text, size, box) {
		const lines = Math.floor((box.height - 6) / lineHeight);
		const name = make('b', {}, text);

		if (box.width < leastLabel || lines < 1)
			return undefined;
		if (lines < 2 || box.width < leastSize) {
			name.style.webkitLineClamp = lines;
			return make('span', {}, name);
		}
		name.style.webkitLineClamp = lines - 1;
		return make('span', {}, name, make('small', {}, formatSize(size)));
	}

	function drawLeaf(node, box) {
		const found = findingsOf.has(node.file)
			? ' found' + (isGrave(node.file) ? ' grave' : '') : '';

		addCell(node, box, classOf(node.file) + found,
			labelOf(baseName(node.path), node.size, box));
	}

	function drawBranch(node, box) {
		const inner = descend(node);
		const head = { ...box, height: headHeight };
		const name = inner.path.slice(node.parent === root ||
			!node.parent ? 0 : node.parent.path.length + 1);

		addCell(inner, head, 'branch',
			`${name}  ${formatSize(inner.size)}`);
		drawInside(inner, { x: box.x, y: box.y + headHeight + gap,
			width: box.width,
			height: box.height - headHeight - gap });
	}

	function drawInside(node, box) {
		const items = withoutSpecks(node, box.width * box.height);

		squarify(items, box, (item, x, y, width, height) => {
			/* The gap is taken from the right and the bottom, where
			 * something follows. */
			const inner = {
				x, y,
				width: x + width < box.x + box.width - 0.5
					? Math.max(width - gap, 0.5) : width,
				height: y + height < box.y + box.height - 0.5
					? Math.max(height - gap, 0.5) : height,
			};

			if (item.file !== undefined)
				drawLeaf(item, inner);
			else if (item.rest)
				addCell(item, inner, 'rest',
					labelOf(item.count + ' small files',
						item.size, inner));
			else if (inner.width < leastBranch ||
				 inner.height < leastBranch)
				addCell(item, inner,
					'folded ' + classOfFolded(item),
					labelOf(baseName(item.path) + '/',
						item.size, inner));
			else
				drawBranch(item, inner);
		});
	}

	function drawCrumbs() {
		const way = [];

		for (let at = shown; at; at = at.parent)
			way.unshift(at);
		crumbs.replaceChildren(...way.map((node) => {
			const crumb = make('button', { type: 'button' },
				node === root ? data.name : baseName(node.path));

			if (node === shown)
				crumb.setAttribute('aria-current', 'true');
			crumb.addEventListener('click', () => show(node));
			return crumb;
		}));
	}

	/* The cell of a file, or of what it is drawn together with. */
	function cellOf(index) {
		const path = files[index].path;
		let best;

		for (const at of cells) {
			if (at.node.file === index)
				return at;
			if (at.cell.classList.contains('folded') &&
			    path.startsWith(at.node.path + '/'))
				best = at;
			if (at.node.rest && at.node.children.some((child) =>
				child.path === path ||
				path.startsWith(child.path + '/')))
				best = at;
		}
		return best;
	}

	function mark() {
		const at = choice.index === undefined ? undefined
			: cellOf(choice.index);

		for (const { cell } of cells)
			cell.classList.toggle('chosen',
				at !== undefined && cell === at.cell);
	}

	function draw() {
		tip.hide();
		view.replaceChildren();
		cells = [];
		/* Asked once: every answer costs the browser a layout. */
		const height = view.clientHeight;
		drawnWidth = view.clientWidth;
		view.style.setProperty('--drawn', height + 'px');
		drawInside(shown, { x: 0, y: 0, width: drawnWidth, height });
		drawCrumbs();
		mark();
		if (cells.length)
			cells[0].cell.tabIndex = 0;
	}

	function show(node) {
		const inside = view.contains(document.activeElement);

		shown = descend(node);
		draw();
		if (inside && cells.length)
			cells[0].cell.focus();
	}

	/* --- Keys --- */

	function move(index) {
		cells.forEach(({ cell }, at) => {
			cell.tabIndex = at === index ? 0 : -1;
		});
	}

	/* The nearest cell that lies in that direction: what is far aside counts
	 * double. */
	function neighbour(from, key) {
		const horizontal = key === 'ArrowLeft' || key === 'ArrowRight';
		const sign = key === 'ArrowRight' || key === 'ArrowDown' ? 1 : -1;
		const middle = ({ box }) => [box.x + box.width / 2,
			box.y + box.height / 2];
		const [x, y] = middle(from);
		let best, least = Infinity;

		for (const at of cells) {
			const [otherX, otherY] = middle(at);
			const along = sign * (horizontal ? otherX - x : otherY - y);
			const aside = Math.abs(horizontal ? otherY - y : otherX - x);

			if (at !== from && along > 0.5 && along + 2 * aside < least) {
				least = along + 2 * aside;
				best = at;
			}
		}
		return best;
	}

	view.addEventListener('keydown', (event) => {
		const from = cells.find(({ cell }) => cell === event.target);

		if (!from)
			return;
		if (event.key.startsWith('Arrow')) {
			const to = neighbour(from, event.key);

			event.preventDefault();
			if (to)
				to.cell.focus();
		} else if ((event.key === 'Escape' || event.key === 'Backspace') &&
			   above(shown)) {
			event.preventDefault();
			show(above(shown));
		}
	});

	/* The next directory above that shows more; undefined: there is none. */
	function above(node) {
		let at = node.parent;

		while (at && descend(at) === node)
			at = at.parent;
		return at;
	}

	view.addEventListener('pointerleave', () => tip.hide());
	view.addEventListener('focusout', () => tip.hide());

	/* --- Choosing --- */

	choice.listeners.push((index) => {
		if (index !== undefined && files[index].size &&
		    !files[index].path.startsWith(
			    shown === root ? '/' : shown.path + '/')) {
			shown = descend(root);
			draw();
		}
		mark();
	});

	function colour(by) {
		colouring = by;
		byKind.setAttribute('aria-pressed', by === 'kind');
		byPackage.setAttribute('aria-pressed', by === 'package');
		legend.hidden = by !== 'package';
		draw();
	}
	byKind.addEventListener('click', () => colour('kind'));
	byPackage.addEventListener('click', () => colour('package'));

	let width = 0;
	new ResizeObserver(() => {
		if (view.clientWidth === width)
			return;
		width = view.clientWidth;
		draw();
	}).observe(view);
	shown = descend(root);
	draw();
}
