'use strict';
/*
 * The page of --report: what its parts share. They know one another through
 * `choice` alone, the file that is looked at, which the address of the page
 * holds as well (#file=/path). Text from the image becomes text nodes and
 * nothing else.
 */

const data = JSON.parse(document.getElementById('data').textContent);
const files = data.files;

document.documentElement.classList.add('scripted');

/* --- Making elements --- */

function make(name, properties, ...children) {
	const element = document.createElement(name);

	Object.assign(element, properties);
	element.append(...children);
	return element;
}

function makeSvg(name, attributes, ...children) {
	const element = document.createElementNS('http://www.w3.org/2000/svg',
		name);

	for (const [key, value] of Object.entries(attributes))
		element.setAttribute(key, value);
	element.append(...children);
	return element;
}

/* --- What is told of a file --- */

function formatSize(bytes) {
	const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
	let unit = 0;

	if (bytes < 1000)
		return bytes + (bytes === 1 ? ' byte' : ' bytes');
	while (bytes >= 999.95 && unit + 1 < units.length) {
		bytes /= 1000;
		unit++;
	}
	return bytes.toFixed(1) + ' ' + units[unit];
}

function count(number, one, many) {
	return number + ' ' + (number === 1 ? one : many);
}

function baseName(path) {
	return path.slice(path.lastIndexOf('/') + 1) || '/';
}

function parentName(path) {
	return path.slice(0, path.lastIndexOf('/')) || '/';
}

function packageName(file) {
	if (file.package === undefined)
		return 'of no package';
	const owner = data.packages[file.package];

	return owner.name + ' ' + owner.version;
}

const findingsOf = new Map();
for (const finding of data.findings) {
	if (!findingsOf.has(finding.file))
		findingsOf.set(finding.file, []);
	findingsOf.get(finding.file).push(finding);
}

const grave = 15; /* points */

function isGrave(index) {
	return findingsOf.get(index).some((finding) => finding.points >= grave);
}

const neededBy = files.map(() => []);
const askedFor = files.map(() => []);
files.forEach((file, index) => {
	for (const needed of file.needs || [])
		neededBy[needed].push(index);
	if (file.because !== undefined)
		askedFor[file.because].push(index);
});

/* A file and those that asked for it, up to the one that the recipe named. */
function chainOf(index) {
	const chain = [];

	for (let at = index; at !== undefined; at = files[at].because)
		chain.push(at);
	return chain;
}

/* --- The file that is looked at --- */

const choice = {
	index: undefined,
	listeners: [],
	/* `origin` is the part of the page that it was chosen in. */
	set(index, origin) {
		if (index === this.index)
			return;
		this.index = index;
		for (const listener of this.listeners)
			listener(index, origin);
		this.tell();
	},
	tell() {
		const hash = this.index === undefined ? ''
			: '#file=' + encodeURI(files[this.index].path);

		if (hash)
			history.replaceState(null, '', hash);
		else if (location.hash.startsWith('#file='))
			history.replaceState(null, '', '#');
	},
	/* What the address says: #file=/path, or #f12 of a link. */
	read() {
		const row = /^#f(\d+)$/.exec(location.hash);
		let path;

		if (row && files[row[1]])
			return this.set(Number(row[1]), 'address');
		if (!location.hash.startsWith('#file='))
			return undefined;
		try {
			path = decodeURI(location.hash.slice('#file='.length));
		} catch {
			return undefined;
		}
		const index = files.findIndex((file) => file.path === path);

		return index < 0 ? undefined : this.set(index, 'address');
	},
};

window.addEventListener('hashchange', () => choice.read());

/* Links to rows choose, wherever they are. */
document.addEventListener('click', (event) => {
	const link = event.target.closest('a[href^="#f"]');
	const row = link && /^#f(\d+)$/.exec(link.getAttribute('href'));

	if (!row)
		return;
	event.preventDefault();
	event.stopPropagation();
	choice.set(Number(row[1]), 'link');
}, true);

document.addEventListener('keydown', (event) => {
	if (event.key === 'Escape' && choice.index !== undefined &&
	    !event.defaultPrevented)
		choice.set(undefined, 'key');
});

function linkTo(index) {
	return make('a', { href: '#f' + index }, files[index].path);
}

/* --- The panel that tells all about it --- */

const detail = document.getElementById('detail');

function listOf(title, indices) {
	const shown = 8;
	const nodes = [make('h3', {}, title)];
	const rows = indices.map((index) => make('li', {}, linkTo(index)));

	if (!indices.length)
		return [];
	nodes.push(make('ul', {}, ...rows.slice(0, shown)));
	if (rows.length > shown)
		nodes.push(make('details', {},
			make('summary', {}, rows.length - shown + ' more'),
			make('ul', {}, ...rows.slice(shown))));
	return nodes;
}

function describe(file) {
	const words = [];

	if (file.kind)
		words.push(file.kind[0].toUpperCase() + file.kind.slice(1));
	else if (file.target)
		words.push('Link to ' + file.target);
	else
		words.push(file.directory ? 'Directory' : 'Special file');
	if (file.size !== undefined)
		words.push(formatSize(file.size));
	words.push(packageName(file));
	return words.join(', ');
}

/* Beyond what it needs, and what is only on the way to something. */
function broughtBy(index) {
	const needs = files[index].needs || [];

	return askedFor[index].filter((at) => files[at].kind &&
		!needs.includes(at));
}

function showDetail(index) {
	const file = files[index];
	const close = make('button', { type: 'button', className: 'close' }, '×');

	close.setAttribute('aria-label', 'Close');
	close.addEventListener('click', () => choice.set(undefined, 'detail'));
	detail.replaceChildren(close,
		make('h2', {}, file.path),
		make('p', {}, describe(file)),
		make('p', { className: 'quiet' }, make('code', {}, file.mode)));
	for (const finding of findingsOf.get(index) || [])
		detail.append(make('p', {
			className: 'warning' +
				(finding.points >= grave ? ' grave' : ''),
		}, `${finding.check} (${finding.points}): ${finding.text}`));
	detail.append(make('h3', {}, 'Why it is here'),
		make('ol', {}, ...chainOf(index).map((step) => make('li', {},
			step === index ? make('code', {}, files[step].path)
				: linkTo(step),
			make('span', {}, files[step].reason)))),
		...listOf('Needs', file.needs || []),
		...listOf('Is needed by', neededBy[index]),
		...listOf('Brought in', broughtBy(index)));
	if (file.sha256)
		detail.append(make('h3', {}, 'SHA-256'),
			make('p', {}, make('code', {}, file.sha256)));
	detail.hidden = false;
	detail.scrollTop = 0;
}

choice.listeners.push((index) => {
	if (index === undefined)
		detail.hidden = true;
	else
		showDetail(index);
});

/* --- The words beside the pointer --- */

const tip = {
	element: document.getElementById('tip'),
	anchor: undefined,
	show(lines, x, y) {
		const [title, ...rest] = lines;

		this.anchor = undefined;
		this.element.replaceChildren(make('b', {}, title),
			...rest.map((line) => make('span', {}, line)));
		this.element.hidden = false;
		this.place(x, y);
	},
	/* Below an element, wherever that is scrolled to. */
	showAt(lines, anchor) {
		this.show(lines, 0, 0);
		this.anchor = anchor;
		this.follow();
	},
	place(x, y) {
		const box = this.element.getBoundingClientRect();
		const width = document.documentElement.clientWidth;

		this.element.style.left = Math.max(8, Math.min(x + 14,
			width - box.width - 8)) + 'px';
		this.element.style.top = (y + 18 + box.height > innerHeight
			? Math.max(8, y - box.height - 12) : y + 18) + 'px';
	},
	follow() {
		if (!this.anchor)
			return this.hide();
		const at = this.anchor.getBoundingClientRect();

		return this.place(at.left, at.bottom - 12);
	},
	hide() {
		this.anchor = undefined;
		this.element.hidden = true;
	},
};

window.addEventListener('scroll', () => tip.follow(), { passive: true });
