export { offered as offeredSettings } from './places';
