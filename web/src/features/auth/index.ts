export { authKeys, login, logout, meQuery, useMay, useMe } from './api';
