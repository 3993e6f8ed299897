import { Heading } from '../parts';
export function StaffApp() {
  return <Heading>Staff</Heading>;
}
