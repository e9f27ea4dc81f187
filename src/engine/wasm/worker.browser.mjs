import { serve } from "./worker.mjs";

serve(self);
