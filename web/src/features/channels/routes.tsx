export { ChannelPage } from './components/ChannelPage';
export { ChannelsPage } from './components/ChannelsPage';
export { NewChannelPage } from './components/NewChannelPage';
