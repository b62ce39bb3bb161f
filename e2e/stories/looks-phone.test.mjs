import { lookAtAll } from '../lib/look-story.mjs';

lookAtAll('phone');
