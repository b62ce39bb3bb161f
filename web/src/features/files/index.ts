import { lazy } from 'react';

export { retryDownload } from './api';
export { AttachButton } from './components/AttachButton';
export { DropZone } from './components/DropZone';
export { isVisual, type MediaActs, MediaBody } from './components/MediaBody';
export { filesKeys } from './hooks/queries';
export { boxOf } from './model/box';
export { takesFiles } from './model/kinds';
export { outgoing } from './model/plan';
export { addFiles, clearTrays, holdingOf, takeReady, useTray, useTrayCount } from './model/tray';
export { fileIcons, fileWords } from './model/words';
/* Fetched when they are wanted for the first time. */
export const FilesSection = lazy(() => import('./components/FilesSection'));
export const Tray = lazy(() => import('./components/Tray'));
export const Viewer = lazy(() => import('./components/Viewer'));
