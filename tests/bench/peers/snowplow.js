// Snowplow as a shop with the same tagged content would set it up. Kind to it: 20 events per request and no Base64, where its defaults are 1 and Base64.
import { SnowplowEcommercePlugin, trackAddToCart, trackProductListClick } from '@snowplow/browser-plugin-snowplow-ecommerce';
import { SnowplowElementTrackingPlugin, startElementTracking } from '@snowplow/browser-plugin-element-tracking';
import { enableActivityTracking, newTracker, trackPageView } from '@snowplow/browser-tracker';

newTracker('sp', location.origin + '/tag/snowplow', {
  appId: 'bench', bufferSize: 20, encodeBase64: false, plugins: [SnowplowElementTrackingPlugin(), SnowplowEcommercePlugin()]
});
enableActivityTracking({ minimumVisitLength: 3, heartbeatDelay: 10 });
startElementTracking({
  elements: {
    name: 'content', selector: '[data-track]', expose: { when: 'pageview', minPercentage: 0.5, minTimeMillis: 1000 },
    details: { dataset: ['track', 'trackId', 'trackName', 'trackCategory', 'trackPrice', 'trackCurrency'] }
  }
});
trackPageView();

document.addEventListener('click', (event) => {
  const element = event.target.closest('[data-track]');
  if (!element) return;
  const { trackId: id, trackName: name, trackCategory: category, trackPrice, trackCurrency: currency } = element.dataset;
  const product = { id, name, category, currency, price: Number(trackPrice) };
  trackProductListClick({ product });
  if (event.target.closest('[data-track-action=cart_add]')) trackAddToCart({ products: [{ ...product, quantity: 1 }], total_value: product.price, currency });
});
