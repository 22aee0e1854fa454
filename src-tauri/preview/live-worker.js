// One connection to a preview for all of its tabs in a browser. A browser opens six to a server at most: with one for each tab
// nothing is left for the pages themselves. Never part of a site.
(function () {
  'use strict';
  /** The tabs by their ports. `turn` is that of the call that named its page; only who was greeted is told what changes. */
  var tabs = new Map();
  /** The number that the server gave this connection. */
  var listener = null;
  var turn = 0;
  var isCalling = false;
  var isStale = false;

  function listen() {
    var source = new EventSource('/__backlot/live?shared');
    source.onmessage = hear;
    source.onerror = function () {
      // Something may be missed from here on: everybody is greeted anew, and compares the numbers.
      listener = null;
      tabs.forEach(function (tab) {
        tab.turn = 0;
        tab.isGreeted = false;
      });
      // A stopped preview is tried again now and then: it may be started at the same port.
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
    };
  }

  function hear(event) {
    var change = JSON.parse(event.data);
    if (change.kind !== 'hello') {
      tabs.forEach(function (tab, port) {
        if (tab.isGreeted) port.postMessage(event.data);
      });
      return;
    }
    if (change.listener !== listener) {
      listener = change.listener;
      return call();
    }
    tabs.forEach(function (tab, port) {
      if (tab.isGreeted || tab.turn === 0 || tab.turn > Number(change.call)) return;
      tab.isGreeted = true;
      port.postMessage(event.data);
    });
  }

  /** Says which pages are open; the greeting comes over the connection, in order with what changes. */
  function call() {
    if (listener === null) return;
    isStale = isCalling;
    if (isCalling) return;
    isCalling = true;
    turn += 1;
    var pages = new Set();
    tabs.forEach(function (tab) {
      pages.add(tab.page);
      if (tab.turn === 0) tab.turn = turn;
    });
    var query = '?id=' + listener + '&call=' + turn;
    pages.forEach(function (page) {
      query += '&page=' + page.replace(/&/g, '%26');
    });
    var again = function () {
      isCalling = false;
      if (isStale) call();
    };
    fetch('/__backlot/live/pages' + query).then(again, function () {
      isStale = true;
      setTimeout(again, 500);
    });
  }

  function leave(port) {
    if (tabs.delete(port)) call();
  }

  self.onconnect = function (event) {
    var port = event.ports[0];
    port.onmessage = function (message) {
      if (message.data === 'bye') return leave(port);
      tabs.set(port, { page: message.data.page, turn: 0, isGreeted: false });
      port.postMessage('here');
      call();
      // The lock of a tab that crashed is free.
      if (message.data.lock && navigator.locks) {
        navigator.locks.request(message.data.lock, function () {
          leave(port);
        });
      }
    };
  };
  listen();
})();
