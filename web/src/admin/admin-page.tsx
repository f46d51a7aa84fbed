import { type ReactNode, useState } from "react";
import { useAccount } from "../account/session";
import { NotFound } from "../pages/not-found";
import { Tabs } from "../parts/tabs";
import { AuditTab } from "./audit-tab";
import { FlagsTab } from "./flags-tab";
import { KeysTab } from "./keys-tab";
import { ProblemsTab } from "./problems-tab";
import { QueueTab } from "./queue-tab";
import { SettingsTab } from "./settings-tab";
import { UsersTab } from "./users-tab";
import { ViolationsTab } from "./violations-tab";
import "./admin.css";

const TABS = [
  { id: "users", name: "Users" },
  { id: "keys", name: "Keys" },
  { id: "flags", name: "Flags" },
  { id: "violations", name: "Violations" },
  { id: "audit", name: "Audit log" },
  { id: "queue", name: "Queue" },
  { id: "problems", name: "Problems" },
  { id: "settings", name: "Settings" },
] as const;

type AdminTab = (typeof TABS)[number]["id"];

/** For admins; for everybody else there is no such page. */
export default function AdminPage() {
  const account = useAccount();
  return account?.role === "admin" ? <AdminTabs /> : <NotFound />;
}

function AdminTabs() {
  const [tab, setTab] = useState<AdminTab>("users");
  const panels: Record<AdminTab, () => ReactNode> = {
    users: () => <UsersTab />,
    keys: () => <KeysTab />,
    flags: () => <FlagsTab />,
    violations: () => <ViolationsTab />,
    audit: () => <AuditTab />,
    queue: () => <QueueTab />,
    problems: () => <ProblemsTab />,
    settings: () => <SettingsTab />,
  };
  return (
    <div className="page admin">
      <h1>Admin</h1>
      <Tabs<AdminTab> label="Administration" tabs={[...TABS]} selected={tab} onSelect={setTab}>
        {panels[tab]()}
      </Tabs>
    </div>
  );
}
