import { Link } from "../parts/link";

export function NotFound() {
  return (
    <div className="page">
      <h1>Page not found</h1>
      <p>
        <Link to="/">All problems</Link>
      </p>
    </div>
  );
}
