// Enhances pages that work without it: shows what changes while a page is open, and checks names as they are typed.
"use strict";

/** Asks for the page again and puts what it shows of a region in the place of what is shown now, unless someone is at work in it. */
async function renew(region) {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.redirected) {
        location.assign(answer.url); // the session has ended
        return;
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(region.id);
    const focused = region.contains(document.activeElement) ? document.activeElement : null;
    if (!fresh || focused?.matches("input, select, textarea")) {
        return;
    }
    const place = focused && [...region.querySelectorAll(focused.tagName)].indexOf(focused);
    region.replaceChildren(...fresh.childNodes);
    if (focused) {
        region.querySelectorAll(focused.tagName)[place]?.focus(); // who works with the keyboard stays where it was
    }
}

/** Renews the region once more after the last change, and never twice at a time: an older answer could come last. */
function renewer(region) {
    let running = false;
    let again = false;
    return async () => {
        again = true;
        while (again && !running) {
            again = false;
            running = true;
            await renew(region).catch(() => {});
            running = false;
        }
    };
}

/** Follows the region's events; where they do not come, asks every few seconds. */
function follow(region) {
    const source = new EventSource(region.dataset.events);
    const changed = renewer(region);
    let asking = null;
    source.addEventListener("changed", changed);
    source.addEventListener("open", () => { clearInterval(asking); asking = null; });
    source.addEventListener("error", () => { asking ??= setInterval(changed, 5000); });
    addEventListener("pagehide", () => source.close());
}

/** Sends the form to be checked while its text is being typed, and shows the verdicts. */
function check(form) {
    const verdicts = form.querySelector("[data-verdicts]");
    let waiting = null;
    form.addEventListener("input", () => {
        clearTimeout(waiting);
        waiting = setTimeout(async () => {
            const fields = new URLSearchParams(new FormData(form));
            fields.set("check", "1");
            const answer = await fetch(form.action, { method: "POST", body: fields });
            const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-verdicts]");
            if (fresh) {
                verdicts.replaceChildren(...fresh.childNodes);
            }
        }, 300);
    });
}

/** Sends the form to be looked at only, and shows what was found beside each thing. The files that were chosen stay chosen. */
function look(form) {
    form.addEventListener("submit", async event => {
        if (event.submitter?.name !== "check") {
            return;
        }
        event.preventDefault();
        form.setAttribute("aria-busy", "true");
        const fields = new FormData(form, event.submitter);
        const answer = await fetch(form.action, { method: "POST", body: fields });
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        const again = fresh.querySelector("form[data-check-files]");
        form.removeAttribute("aria-busy");
        if (answer.redirected || !again) {
            location.reload(); // the session has ended, or the service is gone
            return;
        }
        form.elements.form.value = again.elements.form.value;
        form.querySelectorAll("[data-found]").forEach(place => place.replaceChildren(...again.querySelector(`[data-found="${place.dataset.found}"]`).childNodes));
        document.querySelectorAll("main > [role=alert]").forEach(said => said.remove());
        fresh.querySelectorAll("main > [role=alert]").forEach(said => {
            form.closest("main").querySelector(".head").after(said);
            said.focus();
        });
    });
}

document.querySelectorAll("[data-events]").forEach(follow);
document.querySelectorAll("form[data-check]").forEach(check);
document.querySelectorAll("form[data-check-files]").forEach(look);
document.querySelectorAll("select[data-go]").forEach(select => select.addEventListener("change", () => select.form.requestSubmit()));
document.querySelectorAll("[data-print]").forEach(button => { button.hidden = false; button.addEventListener("click", () => print()); });
document.querySelectorAll("[data-copy]").forEach(button => {
    button.hidden = false;
    button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
        button.textContent = button.dataset.copied;
    });
});
