// Backlot's part of a page that is previewed: shows what changed, and lets the app point at widgets. Never part of a site.
(function () {
  'use strict';
  if (window.__backlotLive) return;
  window.__backlotLive = true;

  var own = document.currentScript;
  var version = own ? own.getAttribute('data-version') : null;
  var parents = '__PARENTS__'.split(' ');
  var KEY = 'backlot:scroll';
  var MARK = 'data-backlot-widget';

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

  function find(id) {
    return document.querySelector('[' + MARK + '="' + CSS.escape(id) + '"]');
  }

  function swapWidget(id, html) {
    var old = find(id);
    var holder = document.createElement('template');
    holder.innerHTML = html;
    var next = holder.content.querySelector('[' + MARK + '="' + CSS.escape(id) + '"]');
    // What stands beside the widget in its markup cannot be told from the page's own.
    if (!old || !next || next.parentNode !== holder.content || holder.content.childElementCount !== 1) return reload();
    // Scripts that are put in as markup do not run; made anew, they do.
    holder.content.querySelectorAll('script').forEach(function (script) {
      var live = document.createElement('script');
      Array.from(script.attributes).forEach(function (each) {
        live.setAttribute(each.name, each.value);
      });
      live.textContent = script.textContent;
      script.replaceWith(live);
    });
    var x = scrollX,
      y = scrollY;
    old.replaceWith(next);
    scrollTo({ left: x, top: y, behavior: 'instant' });
    outline(selected);
    dispatchEvent(new CustomEvent('backlot:widget', { detail: { id: id } }));
  }

  function hear(event) {
    var change = JSON.parse(event.data);
    if (change.kind === 'hello') {
      // Missed something, or another preview answers here now.
      if (version !== null && change.version !== version) reload();
      version = change.version;
      return;
    }
    version = change.version;
    var isHere = change.page === undefined || change.page === '*' || change.page === page();
    if (change.kind === 'style') swapStyles();
    else if (change.kind === 'widget' && isHere) swapWidget(change.id, change.html);
    else if (change.kind === 'all' || (change.kind === 'page' && isHere)) reload();
  }

  var source = null;
  function listen() {
    source = new EventSource('/__backlot/live');
    source.onmessage = hear;
    source.onerror = function () {
      // A stopped preview is tried again now and then: it may be started at the same port.
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
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

  function place(which, element) {
    var at = boxes[which];
    if (!element) {
      at.style.display = 'none';
      return;
    }
    if (!at.isConnected) document.documentElement.append(at);
    var edge = element.getBoundingClientRect();
    at.style.left = edge.left + scrollX + 'px';
    at.style.top = edge.top + scrollY + 'px';
    at.style.width = edge.width + 'px';
    at.style.height = edge.height + 'px';
    at.style.display = 'block';
  }

  function outline(id) {
    place('select', id === null ? null : find(id));
  }
  function widgetAt(target) {
    return target && target.closest ? target.closest('[' + MARK + ']') : null;
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
      var element = selected === null ? null : find(selected);
      if (element && message.scroll !== false) {
        var calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
        element.scrollIntoView({ block: 'nearest', behavior: calm ? 'instant' : 'smooth' });
      }
      outline(selected);
    }
  });

  addEventListener(
    'mouseover',
    function (event) {
      if (!isSelecting) return;
      hovered = widgetAt(event.target);
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
      var widget = widgetAt(event.target);
      if (!widget) return;
      event.preventDefault();
      event.stopPropagation();
      selected = widget.getAttribute(MARK);
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
