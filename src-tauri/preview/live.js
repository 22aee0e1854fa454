// Backlot's part of a page that is previewed: shows what changed, and lets the app point at widgets. Never part of a site.
(function () {
  'use strict';
  if (window.__backlotLive) return;
  window.__backlotLive = true;

  var own = document.currentScript;
  var version = own ? own.getAttribute('data-version') : null;
  var parents = '__PARENTS__'.split(' ');
  var KEY = 'backlot:scroll';
  /** How long nothing changes before what scripts had set up is set up anew. */
  var QUIET = 400;

  function page() {
    var path = decodeURIComponent(location.pathname)
      .replace(/\.html$/, '')
      .replace(/\/+$/, '');
    return path.replace(/\/index$/, '') || '/';
  }

  // --- The place on the page, kept over a reload.

  function keepPlace() {
    try {
      sessionStorage.setItem(KEY, JSON.stringify({ at: location.href, x: scrollX, y: scrollY, time: Date.now() }));
    } catch (refused) {
      /* A page may have no storage; the browser keeps the place as well as it can. */
    }
  }

  function findPlace() {
    try {
      var kept = JSON.parse(sessionStorage.getItem(KEY) || 'null');
      sessionStorage.removeItem(KEY);
      if (!kept || kept.at !== location.href || Date.now() - kept.time > 10000) return;
      var go = function () {
        scrollTo({ left: kept.x, top: kept.y, behavior: 'instant' });
      };
      go();
      // What loads late makes the page longer.
      addEventListener('load', go, { once: true });
    } catch (refused) {
      /* As above. */
    }
  }

  var isLeaving = false;
  function reload() {
    if (isLeaving) return;
    isLeaving = true;
    keepPlace();
    location.reload();
  }

  // --- What changed.

  function swapStyles() {
    document.querySelectorAll('link[rel~="stylesheet"][href]').forEach(function (old) {
      var url = new URL(old.href, location.href);
      if (url.origin !== location.origin) return;
      url.searchParams.set('backlot', version);
      var next = old.cloneNode();
      next.href = url.href;
      // The old one stays until the new one is there, so that nothing flashes.
      var swap = function () {
        old.remove();
      };
      next.addEventListener('load', swap);
      next.addEventListener('error', swap);
      old.after(next);
    });
  }

  // --- Parts: what stands between `<!--backlot:NAME-->` and `<!--/backlot:NAME-->`, side by side in one place.

  /** The comments around the first part that is asked for. */
  function find(isIt) {
    var walk = document.createTreeWalker(document, NodeFilter.SHOW_COMMENT);
    while (walk.nextNode()) {
      var name = nameOf(walk.currentNode);
      if (name === null || !isIt(name)) continue;
      var end = walk.currentNode;
      while (end && end.data !== '/backlot:' + name) end = end.nextSibling;
      // A template that leaves an element open has its end somewhere else.
      return end ? { name: name, begin: walk.currentNode, end: end } : null;
    }
    return null;
  }
  function nameOf(node) {
    return node.nodeType === Node.COMMENT_NODE && node.data.startsWith('backlot:') ? node.data.slice(8) : null;
  }
  function inside(part) {
    var nodes = [];
    for (var node = part.begin.nextSibling; node !== part.end; node = node.nextSibling) nodes.push(node);
    return nodes;
  }
  function parsed(html) {
    var holder = document.createElement('template');
    holder.innerHTML = html;
    return Array.from(holder.content.childNodes);
  }

  /** Scripts may hold on to what was replaced: whether something was that they may know. */
  var isTorn = false;
  /** What is new says something that only a page that is loaded can do. */
  function Unable() {}

  /**
   * Brings a part from what the site made before to what it makes now. What scripts made of it meanwhile, such as an opened
   * menu, stays wherever the two are alike.
   */
  function swap(change) {
    var part = find(function (name) {
      return name === change.name;
    });
    if (!part) throw new Unable();
    bring(part.begin.parentNode, inside(part), parsed(change.before), parsed(change.html), part.end);
  }

  function bring(parent, live, before, after, end) {
    var isOurs = live.length === before.length && live.every(isLike(before));
    if (!isOurs) return replace(parent, live, after, end);
    var start = 0;
    var shared = Math.min(before.length, after.length);
    while (start < shared && before[start].isEqualNode(after[start])) start += 1;
    var tail = 0;
    while (tail < shared - start && before[before.length - 1 - tail].isEqualNode(after[after.length - 1 - tail]))
      tail += 1;
    var old = before.slice(start, before.length - tail);
    var next = after.slice(start, after.length - tail);
    var there = live.slice(start, live.length - tail);
    if (old.length === next.length && old.every(isLike(next))) {
      for (var i = 0; i < old.length; i += 1) turn(there[i], old[i], next[i]);
    } else replace(parent, there, next, live[live.length - tail] || end);
  }
  function isLike(others) {
    return function (node, index) {
      return node.nodeType === others[index].nodeType && node.nodeName === others[index].nodeName;
    };
  }
  function replace(parent, old, next, end) {
    if (old.concat(next).some(hasScript)) throw new Unable();
    if (old.concat(next).some((node) => node.nodeType === Node.ELEMENT_NODE)) isTorn = true;
    old.forEach(function (node) {
      node.remove();
    });
    next.forEach(function (node) {
      parent.insertBefore(document.importNode(node, true), end);
    });
  }
  function hasScript(node) {
    return node.nodeName === 'SCRIPT' || (node.querySelector !== undefined && node.querySelector('script') !== null);
  }

  function turn(live, before, after) {
    if (before.isEqualNode(after)) return;
    if (live.nodeType !== Node.ELEMENT_NODE) {
      live.data = after.data;
      return;
    }
    if (live.nodeName === 'SCRIPT') throw new Unable();
    Array.from(before.attributes).forEach(function (old) {
      if (!after.hasAttribute(old.name)) live.removeAttribute(old.name);
    });
    Array.from(after.attributes).forEach(function (next) {
      var old = before.getAttribute(next.name);
      if (old === next.value) return;
      if (next.name !== 'class' || old === null) live.setAttribute(next.name, next.value);
      else {
        var now = Array.from(after.classList);
        live.classList.remove(...Array.from(before.classList).filter((one) => !now.includes(one)));
        live.classList.add(...now);
      }
    });
    bring(live, Array.from(live.childNodes), Array.from(before.childNodes), Array.from(after.childNodes), null);
  }

  // --- What is being typed, shown before the site has made it: the letter is there at once, and what the site makes of it after.

  /** How long what was typed is believed when the site does not say it. */
  var BELIEF = 2000;
  /** Texts that were set by the app: what the site had made of each, and what was said of it since. */
  var typed = [];
  var doubt = 0;

  /**
   * Sets the text of a setting where the template shows it as it is: in `data-setting`, within the block's `data-block-id`, the
   * marks that Widgetizer's themes give what its editor may set. Anything else waits for the site.
   */
  function type(said) {
    var part = pointed(said.widget);
    if (!part || !said.before.trim() || !said.text.trim()) return;
    spotsOf(part, said.setting, said.block).forEach(function (node) {
      var known = typed.find((one) => one.node === node);
      if (node.data.trim() !== said.before.trim()) return;
      if (!known) typed.push((known = { node: node, made: node.data, texts: [] }));
      known.texts.push(said.text.trim());
      node.data = node.data.replace(said.before.trim(), () => said.text.trim());
    });
    if (typed.length === 0) return;
    clearTimeout(doubt);
    doubt = setTimeout(takeBack, BELIEF);
    follow();
  }
  function spotsOf(part, setting, block) {
    var marks = '[data-setting="' + CSS.escape(setting) + '"]';
    var elements = inside(part).filter((node) => node.nodeType === Node.ELEMENT_NODE);
    return elements
      .flatMap((one) => (one.matches(marks) ? [one] : []).concat(Array.from(one.querySelectorAll(marks))))
      .filter(function (one) {
        var around = one.closest('[data-block-id]');
        return (around ? around.getAttribute('data-block-id') : null) === block;
      })
      .map(onlyText)
      .filter(Boolean);
  }
  function onlyText(element) {
    var texts = [];
    var walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) if (walk.currentNode.data.trim()) texts.push(walk.currentNode);
    return texts.length === 1 ? texts[0] : null;
  }
  /** What the site had made stands again, for `work` to change it. Of what is then as it was said, the newest word is put back. */
  function without(work) {
    typed.forEach((one) => (one.node.data = one.made));
    work();
    typed = typed.filter(function (one) {
      var now = one.node.data;
      var heard = one.texts.lastIndexOf(now.trim());
      // It says something else: the template does not show the setting as it is.
      if (!one.node.isConnected || (heard < 0 && now !== one.made)) return false;
      one.made = now;
      one.texts = one.texts.slice(heard + 1);
      if (one.texts.length === 0) return false;
      one.node.data = now.replace(now.trim(), () => one.texts[one.texts.length - 1]);
      return true;
    });
  }
  function takeBack() {
    typed.forEach((one) => (one.node.data = one.made));
    typed = [];
  }

  function isOfSite(script) {
    return script !== own && (script.type === '' || script.type === 'module' || script.type === 'text/javascript');
  }
  var renewal = 0;
  function swapAll(changes) {
    var x = scrollX,
      y = scrollY;
    try {
      without(() => changes.forEach(swap));
    } catch (thrown) {
      return reload();
    }
    scrollTo({ left: x, top: y, behavior: 'instant' });
    outline(selected);
    document.documentElement.setAttribute('data-backlot-painted', version);
    dispatchEvent(new CustomEvent('backlot:painted', { detail: changes }));
    if (!isTorn || !Array.from(document.scripts).some(isOfSite)) return;
    clearTimeout(renewal);
    renewal = setTimeout(reload, QUIET);
  }

  /** Whether the page says the name of one of these files. */
  function mentions(files) {
    var html = document.documentElement.outerHTML;
    return files.some(function (file) {
      return html.includes(file) || html.includes(encodeURI(file));
    });
  }

  function hear(event) {
    if (isLeaving) return;
    var change = JSON.parse(event.data);
    if (change.kind === 'hello') {
      // Missed something, or another preview answers here now.
      if (version !== null && change.version !== version) reload();
      version = change.version;
      return;
    }
    version = change.version;
    var isHere = change.page === page();
    if (change.kind === 'style') swapStyles();
    else if (change.kind === 'parts' && isHere) swapAll(change.parts);
    else if (change.kind === 'files' && mentions(change.files)) reload();
    else if (change.kind === 'all' || (change.kind === 'page' && isHere)) reload();
  }

  /** How long the tabs' common connection may take to say that it is there. */
  var PATIENCE = 3000;

  /** Listens over the connection that all tabs of a browser share; over one of its own where there is no such. */
  function listen() {
    // The app shows one page of a preview at a time.
    if (parentOrigin || !window.SharedWorker) return listenAlone();
    var worker;
    try {
      worker = new SharedWorker('/__backlot/live-worker.js', { name: 'backlot' });
    } catch (refused) {
      return listenAlone();
    }
    var isThere = false;
    var giveUp = function () {
      if (isThere || isLeaving) return;
      isThere = true;
      worker.port.close();
      listenAlone();
    };
    worker.onerror = giveUp;
    setTimeout(giveUp, PATIENCE);
    worker.port.onmessage = function (event) {
      isThere = true;
      if (event.data !== 'here') hear(event);
    };
    var join = function (lock) {
      worker.port.postMessage({ page: location.pathname, lock: lock });
    };
    if (navigator.locks) {
      var lock = 'backlot:' + Math.random().toString(36).slice(2);
      navigator.locks
        .request(lock, function () {
          join(lock);
          // Held until the page is gone.
          return new Promise(function () {});
        })
        .catch(function () {
          join(null);
        });
    } else join(null);
    addEventListener('pagehide', function () {
      worker.port.postMessage('bye');
    });
  }

  var source = null;
  function listenAlone() {
    source = new EventSource('/__backlot/live?page=' + location.pathname);
    source.onmessage = hear;
    source.onerror = function () {
      // A stopped preview is tried again now and then: it may be started at the same port.
      if (source.readyState === EventSource.CLOSED) setTimeout(listenAlone, 2000);
    };
  }
  addEventListener('pagehide', function () {
    if (source) source.close();
  });
  addEventListener('pageshow', function (event) {
    if (event.persisted) reload();
  });

  // --- Pointing at widgets, with the app around the frame.

  var parentOrigin = null;
  var isSelecting = false;
  var selected = null;
  var hovered = null;

  function say(message) {
    if (parentOrigin) parent.postMessage(Object.assign({ page: page() }, message), parentOrigin);
  }

  function box(name, color) {
    var made = document.createElement('div');
    made.setAttribute('data-backlot-outline', name);
    made.style.cssText =
      'all:initial;position:absolute;pointer-events:none;z-index:2147483647;display:none;box-sizing:border-box;' +
      'border:2px solid ' +
      color +
      ';border-radius:3px';
    return made;
  }
  var boxes = { hover: box('hover', 'rgba(217,119,6,.55)'), select: box('select', '#d97706') };

  /** What can be pointed at: the page's widgets by their ids, and the header and footer that stand on every page. */
  function keyOf(name) {
    if (name === 'global:header' || name === 'global:footer') return name.slice(7);
    return name.startsWith('widget:') ? decodeURIComponent(name.slice(7)) : null;
  }
  function pointed(key) {
    if (key === null) return null;
    var widget = find(function (name) {
      return name.startsWith('widget:') && keyOf(name) === key;
    });
    return (
      widget ||
      find(function (name) {
        return name === 'global:' + key;
      })
    );
  }
  /** The part in which something stands. */
  function partAt(target) {
    for (var node = target; node && node !== document.documentElement; node = node.parentNode) {
      for (var before = node.previousSibling; before; before = before.previousSibling) {
        if (before.nodeType !== Node.COMMENT_NODE) continue;
        if (before.data.startsWith('/backlot:')) break;
        var name = nameOf(before);
        if (name !== null && keyOf(name) !== null) return pointed(keyOf(name));
      }
    }
    return null;
  }
  /** Where a part is on the page; none if nothing of it is seen. */
  function edgesOf(part) {
    var range = document.createRange();
    range.setStartAfter(part.begin);
    range.setEndBefore(part.end);
    var edges = range.getBoundingClientRect();
    return edges.width > 0 && edges.height > 0 ? edges : null;
  }

  function place(which, part) {
    var at = boxes[which];
    var edge = part ? edgesOf(part) : null;
    if (!edge) {
      at.style.display = 'none';
      return;
    }
    if (!at.isConnected) document.documentElement.append(at);
    at.style.left = edge.left + scrollX + 'px';
    at.style.top = edge.top + scrollY + 'px';
    at.style.width = edge.width + 'px';
    at.style.height = edge.height + 'px';
    at.style.display = 'block';
  }

  function outline(key) {
    place('select', pointed(key));
  }

  /** Brings a part into sight, if it is not. */
  function show(part) {
    var edge = edgesOf(part);
    if (!edge) return;
    var calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    var by = 0;
    if (edge.top < 0 || edge.height > innerHeight) by = edge.top;
    else if (edge.bottom > innerHeight) by = edge.bottom - innerHeight;
    if (by !== 0) scrollBy({ top: by, behavior: calm ? 'instant' : 'smooth' });
  }

  addEventListener('message', function (event) {
    if (event.source !== parent || parent === window || parents.indexOf(event.origin) < 0) return;
    var message = event.data;
    if (typeof message !== 'object' || message === null) return;
    if (message.backlot === 'hello') {
      parentOrigin = event.origin;
      say({ backlot: 'ready', title: document.title });
    } else if (message.backlot === 'select-mode') {
      parentOrigin = event.origin;
      isSelecting = message.on !== false;
      if (!isSelecting) place('hover', null);
    } else if (message.backlot === 'select') {
      parentOrigin = event.origin;
      selected = typeof message.widget === 'string' ? message.widget : null;
      var part = pointed(selected);
      if (part && message.scroll !== false) show(part);
      outline(selected);
    } else if (message.backlot === 'type' && message.page === page()) message.texts.forEach(type);
  });

  addEventListener(
    'mouseover',
    function (event) {
      if (!isSelecting) return;
      hovered = partAt(event.target);
      place('hover', hovered);
    },
    true,
  );
  document.addEventListener('mouseleave', function () {
    hovered = null;
    place('hover', null);
  });
  addEventListener(
    'click',
    function (event) {
      if (!isSelecting) return;
      var part = partAt(event.target);
      if (!part) return;
      event.preventDefault();
      event.stopPropagation();
      selected = keyOf(part.name);
      outline(selected);
      say({ backlot: 'selected', widget: selected });
    },
    true,
  );
  var follow = function () {
    outline(selected);
    if (hovered) place('hover', hovered);
  };
  addEventListener('resize', follow);
  addEventListener('load', follow);
  if (window.ResizeObserver) new ResizeObserver(follow).observe(document.documentElement);

  if (parent !== window) {
    var above = location.ancestorOrigins && location.ancestorOrigins[0];
    if (above && parents.indexOf(above) >= 0) {
      parentOrigin = above;
      say({ backlot: 'ready', title: document.title });
    }
  }

  findPlace();
  listen();
})();
