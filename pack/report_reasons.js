/*
 * The tree of what asked for what, from the recipe on: { root, nodeFor(index) }.
 * What one line of the recipe brought is one branch, and so is what lies in one
 * directory if it is much. A node has a name, children, a parent but for the
 * root, how many files there are from it on (count), and the index of its file,
 * or a title if it is a branch.
 */
const reasons = (() => {
	const groupFrom = 4;	/* files that make a branch */
	const fewLeaves = 12;	/* more are put into branches by directory */

	/* Directories, and links that were needed on the way to something, ask
	 * for nothing: they would only be noise. */
	const wanted = files.map(() => false);
	files.forEach((file, index) => {
		if (file.kind || (!file.directory && !file.target))
			for (const at of chainOf(index))
				wanted[at] = true;
	});

	const root = {
		name: data.name,
		title: `The recipe of ${data.name}`,
		children: [],
	};
	const nodeOf = files.map((file, index) => wanted[index] ? {
		file: index,
		name: baseName(file.path),
		children: [],
	} : undefined);

	/* A link that did nothing but lead to a file is one with it. */
	files.forEach((file, index) => {
		const [only, more] = askedFor[index].filter((at) => wanted[at]);

		if (nodeOf[index] && file.target && only !== undefined &&
		    more === undefined)
			nodeOf[index].stands = only;
	});
	function nodeFor(index) {
		let node = nodeOf[index];

		while (node && node.stands !== undefined)
			node = nodeOf[node.stands];
		return node;
	}
	function askerOf(index) {
		let at = files[index].because;

		while (at !== undefined && nodeOf[at].stands !== undefined)
			at = files[at].because;
		return nodeOf[at];
	}

	nodeOf.forEach((node, index) => {
		if (!node || node.stands !== undefined)
			return;
		const asker = askerOf(index);

		node.parent = asker || root;
		node.parent.children.push(node);
	});

	/* Put some of a node's children under a new one in their place. */
	function addBranch(node, name, title, members) {
		const taken = new Set(members);
		const branch = { name, title, children: members, parent: node };

		for (const member of members)
			member.parent = branch;
		node.children = node.children.filter((child) => !taken.has(child));
		node.children.push(branch);
		return branch;
	}

	function groupBy(nodes, key) {
		const groups = new Map();

		for (const node of nodes) {
			const name = key(node);

			if (!groups.has(name))
				groups.set(name, []);
			groups.get(name).push(node);
		}
		return groups;
	}

	/* What one line of the recipe brought is a branch, and in it what lies
	 * in one directory, step by step. */
	function group(node) {
		node.children.forEach(group);
		const groups = groupBy(node.children,
			(child) => files[child.file].reason);

		for (const [reason, members] of groups) {
			if (members.length < groupFrom ||
			    (groups.size === 1 && members.length <= fewLeaves))
				continue;
			groupByDirectory(addBranch(node,
				reason.replace(/^[^ ]*:\d+: /, ''), reason,
				members), '');
		}
		groupByDirectory(node, '');
	}

	function groupByDirectory(node, above) {
		const leaves = node.children.filter((child) =>
			child.file !== undefined && !child.children.length);

		if (leaves.length <= fewLeaves)
			return;
		const groups = groupBy(leaves, (child) => {
			const { path } = files[child.file];
			const end = path.indexOf('/', above.length + 1);

			return end < 0 ? undefined : path.slice(0, end);
		});

		/* All in one directory: look for where they part. */
		if (groups.size === 1) {
			const [only] = groups.keys();

			if (only !== undefined)
				groupByDirectory(node, only);
			return;
		}
		for (const [directory, members] of groups) {
			if (directory === undefined || members.length < groupFrom)
				continue;
			groupByDirectory(addBranch(node,
				directory.slice(above.length + 1) + '/',
				directory + '/', members), directory);
		}
	}
	group(root);

	/* How many files there are below each. Files come before branches, and
	 * those with more below them first. */
	function weigh(node) {
		const isBranch = (child) => child.file === undefined ? 1 : 0;

		node.count = node.children.reduce((sum, child) =>
			sum + weigh(child), node.file === undefined ? 0 : 1);
		node.children.sort((a, b) => isBranch(a) - isBranch(b) ||
			b.count - a.count);
		return node.count;
	}
	weigh(root);

	return { root, nodeFor };
})();
