/* The table of files: searched, sorted, and a way to choose one. */

let searchFiles; /* show the files in which a text occurs */

{
	const body = document.getElementById('files-body');
	const search = document.getElementById('files-search');
	const directories = document.getElementById('files-directories');
	const told = document.getElementById('files-count');
	const none = document.getElementById('files-none');
	const more = document.getElementById('files-more');
	const rows = [...body.rows];
	const texts = files.map((file) => [file.path, file.target || '',
		packageName(file), file.reason].join('\n').toLowerCase());

	const atFirst = 500; /* rows; more are a burden to browsers */
	let most = atFirst;
	let order = rows.map((row, index) => index);

	/* Every word has to occur. Rows that are not listed are not there for
	 * the browser (report_tables.css). */
	function filter() {
		const words = search.value.toLowerCase().split(/\s+/)
			.filter((word) => word);
		let matching = 0;

		for (const index of order) {
			const matches = (!files[index].directory ||
					directories.checked ||
					index === choice.index) &&
				words.every((word) => texts[index].includes(word));

			matching += matches;
			rows[index].classList.toggle('listed', matches &&
				(matching <= most || index === choice.index));
		}
		told.textContent = count(matching, 'entry', 'entries');
		none.hidden = matching > 0;
		more.hidden = matching <= most;
		more.textContent = `Show all ${matching}`;
	}

	function showAll() {
		most = Infinity;
		filter();
	}

	searchFiles = (text) => {
		search.value = text;
		filter();
		document.getElementById('files').scrollIntoView();
	};

	search.addEventListener('input', () => {
		most = atFirst;
		filter();
	});
	directories.addEventListener('change', filter);
	more.addEventListener('click', showAll);
	window.addEventListener('beforeprint', showAll);

	/* --- Order --- */

	const keys = [
		(index) => index, /* the image's own order */
		(index) => files[index].size || 0,
		(index) => packageName(files[index]),
		(index) => files[index].reason,
	];

	function sort(column, descending) {
		const key = rows.map((row, index) => keys[column](index));

		order = rows.map((row, index) => index).sort((a, b) =>
			(key[a] < key[b] ? -1 : key[a] > key[b] ? 1 : 0) *
				(descending ? -1 : 1) || a - b);

		body.append(...order.map((index) => rows[index]));
		filter();
	}

	const heads = [...body.parentElement.tHead.rows[0].cells];
	heads.forEach((head, column) => {
		const button = make('button', { type: 'button' },
			head.textContent);

		head.replaceChildren(button);
		button.addEventListener('click', () => {
			const before = head.getAttribute('aria-sort');
			/* Of sizes the largest are wanted first. */
			const descending = before ? before === 'ascending'
				: column === 1;

			for (const other of heads)
				other.removeAttribute('aria-sort');
			head.setAttribute('aria-sort',
				descending ? 'descending' : 'ascending');
			sort(column, descending);
		});
	});

	/* --- Choosing --- */

	body.addEventListener('click', (event) => {
		const row = event.target.closest('tr');

		if (row && !String(getSelection()))
			choice.set(rows.indexOf(row), 'table');
	});

	let chosen;
	choice.listeners.push((index) => {
		if (chosen)
			chosen.classList.remove('chosen');
		chosen = rows[index];
		if (chosen)
			chosen.classList.add('chosen');
		filter();
	});

	filter();
	choice.read();
}
