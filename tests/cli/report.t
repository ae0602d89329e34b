#!/bin/bash
# --report: the page as a file, and as it is seen and used in a browser.
. "$(dirname "$0")/../lib.sh"

command -v chromium >/dev/null || skip_all "needs chromium"

# browse PAGE STEP...: sets STDOUT and STDERR. See tests/browser.pl.
browse() {
    run perl "$SRC/tests/browser.pl" "$@"
    [ "$STATUS" = 0 ] || fail "the browser: $STDERR"
}

# --- An image of one who means ill, and of sizes that can be measured ---

tree=$TMP/source
image_tag='script><img src=x onerror=document.title=1>'
mkdir -p "$tree"/{bin,etc,"srv/<"} "$tree/data/deep/er"
cp "$(command -v busybox)" "$tree/bin/sh"
printf '#!/bin/sh\n' >"$tree/bin/run"
chmod 755 "$tree"/bin/*
for size in 400 200 100 50; do
    head -c "${size}000" /dev/urandom >"$tree/data/$size"
    head -c "${size}000" /dev/zero >"$tree/data/deep/er/$size"
done
for n in 1 2 3 4 5 6 7 8; do
    echo "$n" >"$tree/data/tiny$n"
done
echo x >"$tree/srv/</$image_tag"
echo x >"$tree/srv/"$'"&\'\xff\e[31m'
echo x >"$tree/srv/<!--<script>"
ln -s ../data/200 "$tree/srv/link"
cd "$TMP" || exit 1
file=$(recipe hostile <<'END'
name hostile
version 2.3
summary "</title></script><script>document.title = 'owned'</script>&amp;"
source tree source
copy /srv/** /data/**
copy /bin/run
env "X=</script><img src=x onerror=document.title=2>"
allow capability sys_admin
listen 80 53/udp
run /bin/run
END
)
ok "an image is packed" "$JAILPACK" --level 1 "$file" || plan_done

# --- The file ---

status "--report needs to know where to" 2 "$JAILPACK" --report hostile.sqfs
like "and says so" "$STDERR" '--report needs -o'
ok "--report" "$JAILPACK" --report hostile.sqfs -o page.html
like "tells where the page is" "$STDOUT" '^page\.html: [0-9.]+ kB$'
ok "to standard output" bash -c '"$1" --report hostile.sqfs -o - >second.html' \
    - "$JAILPACK"
ok "gives the same bytes" cmp page.html second.html
mkdir pages
ok "into a directory" "$JAILPACK" --report hostile.sqfs -o pages
ok "gives the page the image's name" cmp page.html pages/hostile.html
status "never to a terminal" 1 script -qec \
    "$JAILPACK --report hostile.sqfs -o -" /dev/null
like "which is told" "$STDOUT" 'not for a terminal'
unlike "before anything is written" "$STDOUT" 'DOCTYPE'
status "never in the place of a device" 1 \
    "$JAILPACK" --report hostile.sqfs -o /dev/full
ok "which is left alone" test -c /dev/full
cp page.html before.html
cp hostile.sqfs damaged.sqfs
printf 'x' | dd of=damaged.sqfs bs=1 seek=5000 conv=notrunc status=none
status "of a damaged image" 1 "$JAILPACK" --report damaged.sqfs -o page.html
ok "nothing is written" cmp page.html before.html
is "nothing half-made is left" "$(find . -name '.page*')" ""
unlike "no part of it is elsewhere" "$(cat page.html)" \
    '(src|href)="[^#"]|url\(|@import|https?://[^w]'

# --- As it is seen ---

browse page.html open eval document.title \
    eval 'document.querySelectorAll("img, iframe, object, link, base").length' \
    eval 'document.scripts.length' \
    eval 'document.querySelector(".summary").textContent' \
    eval '[...document.querySelectorAll("#files-body .path")]
        .map((cell) => cell.firstChild.data).filter((path) =>
        path.startsWith("/srv/")).join(" ")' \
    eval 'files.filter((file) => file.path.startsWith("/srv/"))
        .map((file) => file.path).join(" ")' \
    eval 'document.querySelector(".contract").textContent
        .includes("</script><img src=x onerror=document.title=2>")' \
    eval 'getComputedStyle(document.querySelector("#treemap button")).position'
is "nothing is told to the console, nothing is loaded" "$STDERR" ""
paths='/srv/\"&'"'"'\\xff\\x1b[31m /srv/< /srv/</'"$image_tag /srv/<!--<script> /srv/link"
is "what an image says is text: names, summary, environment" "$STDOUT" \
"\"hostile: what is in the jail\"
0
2
\"</title></script><script>document.title = 'owned'</script>&amp;\"
\"$paths\"
\"$paths\"
true
\"absolute\""

# Its policy, put to the test from inside.
browse page.html open eval 'new Promise((done) => {
        addEventListener("securitypolicyviolation", (event) =>
            done(event.effectiveDirective));
        fetch("http://127.0.0.1:9/").catch(() => 0);
    })' eval '(() => {
        try {
            document.body.innerHTML = "<b>x</b>";
        } catch (error) {
            return error.name;
        }
    })()' eval 'new Promise((done) => {
        addEventListener("securitypolicyviolation", (event) =>
            done(event.effectiveDirective));
        new Image().src = "http://127.0.0.1:9/";
    })'
is "its policy lets nothing out and nothing in" "$STDOUT" '"connect-src"
"TypeError"
"img-src"'

# Areas are to one another as sizes are, within a directory.
areas='(() => {
    const area = (path) => {
        const cell = [...document.querySelectorAll("#treemap button")]
            .find((cell) => cell.dataset.path === path);
        const box = cell.getBoundingClientRect();
        return (box.width + 2) * (box.height + 2);
    };
    return ["200", "100", "50"].map((size) =>
        Math.round(100 * area(`${DIR}/${size}`) / area(`${DIR}/400`)));
})()'
browse page.html \
    size 1280x900 open eval "${areas//\$\{DIR\}//data}" \
    eval "${areas//\$\{DIR\}//data/deep/er}" \
    size 390x800 eval "${areas//\$\{DIR\}//data}"
is "areas are measured" "$(wc -l <<<"$STDOUT")" 3
while read -r found; do
    ok "areas to one another: $found" jq -en --argjson are "$found" \
        '[$are, [50, 25, 12.5]] | transpose | all(.[0] - .[1] | fabs < 3)'
done <<<"$STDOUT"

# --- As it is used ---

chosen='[detail.hidden, decodeURI(location.hash),
    (detail.querySelector("h2") || {}).textContent,
    [...detail.querySelectorAll("ol li > :first-child")]
        .map((step) => step.textContent)]'
browse page.html open eval "$chosen" \
    click '#treemap button[data-path="/data/deep/er/200"]' eval "$chosen" \
    eval 'document.querySelectorAll("#treemap .chosen").length' \
    eval 'document.querySelector("#files-body .chosen .path").textContent' \
    key Escape eval 'detail.hidden' \
    click '#treemap button.branch[data-path="/data"]' eval \
    'document.querySelector("#treemap-crumbs [aria-current]").textContent' \
    eval 'document.activeElement.dataset.path' \
    key ArrowDown eval 'document.activeElement.dataset.path !== "/data"' \
    eval 'document.getElementById("tip").hidden' \
    key Escape eval \
    'document.querySelector("#treemap-crumbs [aria-current]").textContent'
is "the treemap: a file is chosen, a directory opened, keys move and leave" \
    "$STDOUT" '[true,"",null,[]]
[false,"#file=/data/deep/er/200","/data/deep/er/200",["/data/deep/er/200"]]
1
"/data/deep/er/200"
true
"data"
"/data/deep/er"
true
false
"hostile"'
is "without an error" "$STDERR" ""

graph='[...document.querySelectorAll("#graph-view g.lit text:first-of-type")]
    .map((text) => text.textContent)'
browse page.html open '#file=/bin/sh' eval "$chosen" eval "$graph" \
    eval 'document.querySelectorAll("#graph-view path.chain").length' \
    eval 'document.querySelector("#graph-view .chosen")
        .setAttribute("id", "here")' \
    key Escape eval "$graph" \
    eval '[...document.querySelectorAll("#graph-view g")]
        .find((node) => node.textContent.startsWith("run"))
        .setAttribute("id", "run")' \
    click '#run' eval "$graph" \
    eval 'document.querySelector("#graph-view g").focus()' \
    key ArrowRight key Enter eval 'decodeURI(location.hash)'
is "the graph: the chain of the address, of a click, of keys" "$STDOUT" \
'[false,"#file=/bin/sh","/bin/sh",["/bin/sh","/bin/run"]]
["hostile","run","sh"]
2
null
[]
null
["hostile","run"]
null
"#file=/bin/run"'
is "without an error" "$STDERR" ""

rows='[...document.querySelectorAll("#files-body tr")]
    .filter((row) => row.checkVisibility())
    .map((row) => row.querySelector(".path").firstChild.data)'
browse page.html open click '#files-search' type 'DATA/tiny' \
    eval "$rows.length" eval 'document.getElementById("files-count").textContent' \
    eval 'const search = document.getElementById("files-search");
        search.value = ""; search.dispatchEvent(new Event("input"))' \
    click '#files thead th:nth-child(2) button' eval "$rows.slice(1, 3)" \
    click '#files thead th:nth-child(2) button' eval "$rows.slice(-3, -1)" \
    click '#files-directories' eval "$rows.includes('/data/deep')" \
    click '#files-body a' eval 'detail.hidden'
is "the table: searched, sorted both ways, with directories, its links" "$STDOUT" \
'8
"8 entries"
true
["/data/400","/data/deep/er/400"]
["/data/400","/data/deep/er/400"]
true
false'
is "without an error" "$STDERR" ""

# Of many files a browser lays out some, until all are asked for.
mkdir -p many/d
(cd many/d && seq 600 | split -l 1 -a 3)
cp "$tree/bin/sh" many/d/sh
file=$(recipe many <<'END'
name many
source tree many
copy /d/*
run /d/sh
END
)
"$JAILPACK" --level 1 "$file" >/dev/null && "$JAILPACK" --report many.sqfs -o . >/dev/null
browse many.html open eval "$rows.length" click '#files-more' eval "$rows.length" \
    eval 'document.getElementById("files-more").checkVisibility()' \
    eval 'document.querySelectorAll("#graph-view g").length < 20'
is "a long table is shown in part, then whole; a crowd is one branch" "$STDOUT" \
'500
601
false
true'

# Without a script what matters is all there.
browse page.html script off open \
    eval 'document.querySelector(".findings").innerText' \
    eval 'document.querySelector(".contract").innerText' \
    eval '[...document.querySelectorAll("#files-body tr")]
        .find((row) => row.innerText.startsWith("/bin/sh")).innerText' \
    eval '[...document.querySelectorAll(".script-only")]
        .every((part) => getComputedStyle(part).display === "none")'
like "without a script: the findings" "$STDOUT" 'great-capability.*CAP_SYS_ADMIN'
like "the contract" "$STDOUT" 'listens.*80/tcp 53/udp'
like "the files" "$STDOUT" '/bin/sh.*interpreter'
like "and nothing that would need one" "$STDOUT" '^true$'

# --- Light and dark, narrow and wide ---

legible='(() => {
    const number = (colour) => colour.match(/[\d.]+/g).slice(0, 3)
        .map((part) => part / (colour.startsWith("color") ? 1 : 255))
        .map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    const light = (colour) => {
        const [r, g, b] = number(colour);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if (colour !== "rgba(0, 0, 0, 0)")
                return colour;
        }
        return "rgb(255, 255, 255)";
    };
    const bad = new Set();
    for (const element of document.querySelectorAll("body *")) {
        if (![...element.childNodes].some((node) => node.nodeType === 3 &&
            node.data.trim()) || !element.checkVisibility() ||
            element.closest("svg, script"))
            continue;
        const pair = [getComputedStyle(element).color, ground(element)]
            .map(light).sort();
        if ((pair[1] + 0.05) / (pair[0] + 0.05) < 4.5)
            bad.add(element.tagName + "." + element.className);
    }
    return [...bad];
})()'
ground='getComputedStyle(document.body).backgroundColor'
browse page.html light open '#file=/bin/sh' eval "$legible" eval "$ground" \
    dark eval "$legible" eval "$ground"
like "text is legible everywhere, light and dark" "$(tr '\n' ' ' <<<"$STDOUT")" \
    '^\[\] "rgb\(25.*\)" \[\] "rgb\([0-3].*\)" $'
steps=(open '#file=/bin/sh')
for width in 320 390 768 1280 1920; do
    steps+=(size "${width}x800" eval 'document.documentElement.scrollWidth')
done
browse page.html "${steps[@]}"
is "nothing sticks out, however wide the window" "$(tr '\n' ' ' <<<"$STDOUT")" \
    '320 390 768 1280 1920 '

plan_done
