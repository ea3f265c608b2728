// shop.js: what the shop itself tells the tag. The tag may load before or after this file; the stub keeps the calls.
window.tracker = window.tracker || function () { (window.tracker.q = window.tracker.q || []).push(arguments); };

// The server writes what just happened into the page as data, so that no inline code is needed:
// <script type="application/json" class="tell">["identify", {"customer_id": "c-ann"}]</script>
document.querySelectorAll('script.tell').forEach(function (each) {
  window.tracker.apply(null, JSON.parse(each.textContent));
});
