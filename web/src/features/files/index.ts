import { lazy } from 'react';

export { retryDownload } from './api';
export { AttachButton } from './components/AttachButton';
export { DropZone } from './components/DropZone';
export { FilesSection } from './components/FilesSection';
export { isVisual, type MediaActs, MediaBody } from './components/MediaBody';
export { Tray } from './components/Tray';
export { filesKeys } from './hooks/queries';
export { boxOf } from './model/box';
export { takesFiles } from './model/kinds';
export { outgoing } from './model/plan';
export { addFiles, clearTrays, holdingOf, takeReady, useTray, useTrayCount } from './model/tray';
export { fileIcons, fileWords } from './model/words';
/** Fetched when somebody looks at a picture for the first time. */
export const Viewer = lazy(() => import('./components/Viewer'));
