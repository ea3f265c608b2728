// PostHog as its documents set it up: page views, leaving, and autocapture. It has no notion of content that is seen: it does less than the others.
import posthog from 'posthog-js';

posthog.init('phc_bench', { api_host: location.origin + '/tag/posthog', defaults: '2025-05-24' });
