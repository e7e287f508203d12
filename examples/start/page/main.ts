import { showSiteHeader } from "./site-header.ts";

showSiteHeader("start");
